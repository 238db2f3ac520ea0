import type { PlannedTable, RestorePlanView } from '../../ipc/bindings';
import { count, counted } from '../../shared/format';

/** Whether a table that was compared by its count alone adds to the figures; those of keys are exact. */
export const isRough = (plan: RestorePlanView): boolean =>
  plan.isEstimate &&
  plan.tables.some(
    ({ act, isEstimate, rows, rowsNow, rowsChanged }) =>
      rowsChanged === null &&
      (isEstimate || ((act === 'replace' || act === 'add' || act === 'merge') && rowsNow !== rows)),
  );

/** The word before a figure that goes by counts or estimates. */
const about = (plan: RestorePlanView, words: string): string => (isRough(plan) ? `About ${words}` : words);

const withAct = (plan: RestorePlanView, act: string): PlannedTable[] =>
  plan.tables.filter((table) => table.act === act);

/** How many tables a plan creates, replaces, adds to, keeps, deletes. */
export const countOf = (plan: RestorePlanView, act: string): number => withAct(plan, act).length;

/** Rows that are other now and become those of the backup, as far as keys were compared. */
export const editsOf = (plan: RestorePlanView): number =>
  plan.tables.reduce((total, table) => total + (table.act === 'replace' ? (table.rowsChanged ?? 0) : 0), 0);

/** Rows in which a merge sets something back, as far as keys were compared. */
export const setBackOf = (plan: RestorePlanView): number =>
  withAct(plan, 'merge').reduce((total, table) => total + (table.rowsChanged ?? 0), 0);

/** Rows in which something damaged stays, since it was changed again. */
export const keptOf = (plan: RestorePlanView): number =>
  withAct(plan, 'merge').reduce((total, table) => total + (table.rowsKept ?? 0), 0);

/** A database of its own: nothing that exists is touched. */
export const isNew = ({ strategy }: RestorePlanView): boolean =>
  strategy === 'scratch' || strategy === 'new_database';

/** Whether the last button ends something: rows, tables, a database. */
export const destroys = (plan: RestorePlanView): boolean =>
  ['swap', 'in_place', 'swap_back', 'drop'].includes(plan.strategy) ||
  (plan.strategy === 'tables' && plan.mode === 'replace');

/** Sessions that have to be ended before the names can change. */
export const sessionsToEnd = (plan: RestorePlanView): number =>
  plan.endsConnections ? (plan.identity?.connections.length ?? 0) : 0;

/** The sentence of the preview: what applying the plan would do, or that it cannot. */
export function previewSentence(plan: RestorePlanView): string {
  const lost = plan.rowsLost;
  if (plan.blockers.length > 0) return 'This plan cannot be applied.';
  if (plan.strategy === 'drop') return `Everything in ${plan.targetDatabase} would be gone.`;
  if (plan.strategy === 'swap_back')
    return lost > 0
      ? `${counted(lost, 'row')} written since would leave ${plan.targetDatabase}.`
      : `${plan.targetDatabase} would be as it was before.`;
  if (lost > 0) return `${about(plan, counted(lost, 'newer row'))} would be lost.`;
  if (isNew(plan)) return `${counted(plan.tables.length, 'table')} would be created, nothing is changed.`;
  if (plan.mode === 'beside')
    return `${counted(plan.tables.length, 'table')} would come back beside those in ${plan.targetDatabase}.`;
  if (plan.mode === 'merge')
    return `${about(plan, counted(plan.rowsBack, 'row'))} would come back and ${counted(setBackOf(plan), 'row')} be set back, later work stays.`;
  if (plan.mode === 'missing_rows')
    return `${about(plan, counted(plan.rowsBack, 'row'))} would come back, nothing is lost.`;
  return `${tablesOf(plan)}, ${plan.isEstimate ? 'and by their counts no row is lost' : 'no row is lost'}.`;
}

/** What becomes of the tables: a project that was made anew may have none of them yet. */
function tablesOf(plan: RestorePlanView): string {
  const replaced = countOf(plan, 'replace');
  const made = madeIn(plan);
  if (made === 0) return `${counted(replaced, 'table')} would be replaced`;
  if (replaced === 0) return `${counted(made, 'table')} would be created`;
  return `${counted(replaced, 'table')} would be replaced and ${count(made)} created`;
}

/** Tables that a plan for a database in use makes there, before it fills them. */
export const madeIn = (plan: RestorePlanView): number =>
  plan.strategy === 'tables' && plan.mode !== 'beside' ? countOf(plan, 'create') : 0;

/** `, deletes 1, undoes 14 edits`: what a replacing plan does besides. */
export function besides(plan: RestorePlanView): string {
  const parts = [
    countOf(plan, 'create') > 0 ? `creates ${count(countOf(plan, 'create'))}` : '',
    countOf(plan, 'delete') > 0 ? `deletes ${count(countOf(plan, 'delete'))}` : '',
    countOf(plan, 'empty') > 0 ? `empties ${count(countOf(plan, 'empty'))}` : '',
    editsOf(plan) > 0 ? `undoes ${counted(editsOf(plan), 'edit')}` : '',
  ].filter(Boolean);
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`;
}

/** Whether applying the plan changes anything in a table. */
export const isChanged = (table: PlannedTable): boolean =>
  table.act === 'create' ||
  table.act === 'delete' ||
  table.act === 'empty' ||
  (table.rowsLost ?? 0) > 0 ||
  (table.rowsBack ?? 0) > 0 ||
  (table.rowsChanged ?? 0) > 0 ||
  (table.act === 'merge' && table.rowsChanged === null) ||
  (table.act !== 'keep' && table.rowsChanged === null && table.rowsNow !== table.rows);

/** Most loss first, then edits, then what comes back, then the largest. */
export const byLoss = (one: PlannedTable, other: PlannedTable): number =>
  (other.rowsLost ?? 0) - (one.rowsLost ?? 0) ||
  (other.rowsChanged ?? 0) - (one.rowsChanged ?? 0) ||
  (other.rowsBack ?? 0) - (one.rowsBack ?? 0) ||
  other.sizeBytes - one.sizeBytes;
