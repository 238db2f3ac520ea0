import type { RestorePlanView, TableModeView } from '../../ipc/bindings';
import { bytes, counted, LEVEL_WORDS, moment, sentence } from '../../shared/format';
import { isIntoExisting, modeOf, type RestoreDraft, type Why } from './draft';

const WHY_WORDS: Record<Why, string> = {
  damaged: 'A table was damaged',
  missing_rows: 'Some rows are missing',
  go_back: 'Go back in time',
  new_server: 'A new server',
  look: 'Just a look',
};

const MODE_WORDS: Record<TableModeView, string> = {
  beside: 'beside the tables there',
  missing_rows: 'only missing rows',
  merge: 'only what was damaged',
  replace: 'replacing their rows',
};

export const capital = (words: string): string => words.replace(/^./, (letter) => letter.toUpperCase());

/** The receipts of the steps, as the side bar shows them. */
export const whyAnswer = (draft: RestoreDraft): string => (draft.why === null ? '' : WHY_WORDS[draft.why]);

export const momentAnswer = (atMs: number | null, level: RestorePlanView['level'], isDone: boolean): string =>
  `${capital(moment(atMs))}${isDone ? `, proof: ${level === null ? 'none yet' : LEVEL_WORDS[level].toLowerCase()}` : ''}`;

export function whatAnswer(draft: RestoreDraft, chosen: readonly string[], all: number): string {
  if (draft.scope === 'all') return `Everything, ${counted(all, 'table')}`;
  if (draft.scope === 'rows') return `All rows of ${counted(all, 'table')}`;
  const first = chosen[0];
  if (first === undefined) return 'Some tables';
  return chosen.length === 1 ? first : `${counted(chosen.length, 'table')}: ${first} …`;
}

/** Who the target is, once the plan has looked; before that, as far as it is known. */
export function whereAnswer(draft: RestoreDraft, plan: RestorePlanView | undefined, project: string): string {
  const identity = plan?.identity;
  const seen = identity
    ? `; ${bytes(identity.sizeBytes)}, ${identity.connections.length === 0 ? 'nobody connected' : `${counted(identity.connections.length, 'session')} open`}`
    : '';
  const label = plan?.targetLabel ? `, ${plan.targetLabel}` : '';
  if (draft.scope !== 'all') return `${project}${label}, ${MODE_WORDS[modeOf(draft)]}${seen}`;
  if (isIntoExisting(draft))
    return `${project}${label}, ${draft.place === 'swap' ? 'beside it and swap' : 'in place'}${seen}`;
  if (draft.place === 'scratch') return 'A private Postgres on this computer';
  return `${draft.name} on ${draft.place === 'other_server' ? (draft.connection?.host ?? 'another server') : `the server of ${project}`}${label}`;
}

export function safetyAnswer(plan: RestorePlanView | undefined): string {
  if (plan === undefined) return 'On by default';
  if (plan.safety.kind === 'planned') return 'On';
  return plan.safety.kind === 'declined' ? `None: ${sentence(plan.safety.reason)}` : 'Not needed';
}
