import type { Choice } from './Choices';

const NEXT: Record<Choice, string> = {
  protect: 'the vault is created and you connect a project',
  sample: 'the vault is created and the sample project starts',
  open: 'the vault is created',
};

const NUMBERS = ['', 'One', 'Two', 'Three'] as const;

/** What stands between here and the vault; it is the reason beside the button while that is off. */
export function readBackHelp(isSaved: boolean, missing: number, choice: Choice): string {
  if (!isSaved) return 'Save the kit first. The last group is only in your copy.';
  if (missing > 3) return `Read it from the kit that you saved. Then ${NEXT[choice]}.`;
  if (missing > 0)
    return `${NUMBERS[missing]} more ${missing === 1 ? 'character' : 'characters'}. Then ${NEXT[choice]}.`;
  return `Now ${NEXT[choice]}.`;
}
