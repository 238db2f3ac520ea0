import type { AskCommand, CommandLineView } from '../bindings';

const kebab = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** What a request says, word by word: enough to be looked at. The engine alone writes lines that can be pasted. */
function wordsOf(value: unknown, name: string): string[] {
  if (value === null || value === undefined || value === false || value === '') return [];
  if (Array.isArray(value)) return value.flatMap((one) => wordsOf(one, name));
  if (typeof value === 'object')
    return Object.entries(value).flatMap(([key, one]) => wordsOf(one, kebab(key)));
  return value === true
    ? [`--${name}`]
    : [`--${name} ${typeof value === 'string' ? value : JSON.stringify(value)}`];
}

/** A line that stands for the engine's. */
export const lineOf = (asked: AskCommand): CommandLineView => ({
  command: [
    'holdfast',
    asked.of.replace('_', ' ').replaceAll('_', '-'),
    ...('request' in asked ? wordsOf(asked.request, '') : []),
  ].join(' '),
});
