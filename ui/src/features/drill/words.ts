import type { DrillKindView, DrillRowView, VerdictView } from '../../ipc/bindings';
import { counted } from '../../shared/format';

export const VERDICT_WORDS: Record<VerdictView, string> = {
  pass: 'Pass.',
  fail: 'Fail.',
  inconclusive: 'Inconclusive.',
};

export const KIND_WORDS: Record<DrillKindView, string> = {
  full: 'everything',
  data: 'data and keys',
  sample: 'sample',
};

const WHAT: Record<DrillKindView, string> = {
  full: 'the backup',
  data: 'data and keys of the backup',
  sample: 'the sample of the backup',
};

/** The verdict in a sentence; a part, or what left something out, is never called the whole. */
export function verdictSentence(
  { kind, verdict, leftOut }: Pick<DrillRowView, 'kind' | 'verdict' | 'leftOut'>,
  when: string,
): string {
  const what = `${WHAT[kind].charAt(0).toUpperCase()}${WHAT[kind].slice(1)} of ${when}`;
  if (verdict === 'pass' && leftOut > 0)
    return `${what} came back with all its rows; objects or rights were left out.`;
  if (verdict === 'pass') return kind === 'data' ? `${what} came back.` : `${what} came back whole.`;
  if (verdict === 'fail') return `${what} did not come back as it should.`;
  return 'Nothing was shown either way.';
}

/** What the history says, in words: `12 drills: 10 passed, 1 inconclusive, 1 failed`. */
export function historySentence(drills: readonly DrillRowView[]): string {
  const of = (verdict: VerdictView) => drills.filter((drill) => drill.verdict === verdict).length;
  const parts = [
    of('pass') > 0 && `${of('pass')} passed`,
    of('inconclusive') > 0 && `${of('inconclusive')} inconclusive`,
    of('fail') > 0 && `${of('fail')} failed`,
  ];
  return `${counted(drills.length, 'drill')}: ${parts.filter(Boolean).join(', ')}.`;
}
