import type { BackupRow, TableView } from '../../ipc/bindings';
import type { Request } from '../../ipc/call';
import { moment } from '../../shared/format';
import { holdsDatabase } from '../../shared/Holds';
import {
  blankDraft,
  chosenIn,
  isIntoExisting,
  isMerge,
  missing,
  preselected,
  replacesRows,
  requestOf,
  type RestoreDraft,
  type SaferWay,
} from './draft';
import { movedBefore } from './moments';
import {
  planBegun,
  planForward,
  planHindrance,
  planPath,
  planReduced,
  reasonOf,
  type Forward,
  type PlanAct,
  type PlanSeen,
  type PlanState,
  type PlanStep,
} from './planState';

/** What is asked before there is a plan. */
const QUESTIONS = ['why', 'moment', 'what', 'where'] as const;
export type Step = (typeof QUESTIONS)[number] | PlanStep;

/** All that a person answered, and where they stand. */
export interface WizardState extends Omit<PlanState, 'step'> {
  step: Step;
  momentId: string;
  draft: RestoreDraft;
}

export type WizardAct =
  | Exclude<PlanAct, { kind: 'go' }>
  | { kind: 'go'; step: Step }
  | { kind: 'answer'; part: Partial<RestoreDraft> }
  | { kind: 'moment'; id: string }
  /** The damage was dated: a moment after it gives way to the newest proven one before it. */
  | { kind: 'damage'; atMs: number | null; chosen: BackupRow; moments: readonly BackupRow[] }
  /** A plan is asked for that looks inside the moment, and touches nothing. */
  | { kind: 'look_inside' }
  /** A plan is asked for that adds the missing rows alone. */
  | { kind: 'safer'; way: SaferWay }
  /** A plan is asked for that an ordinary role may apply: all rows, into the tables that are there. */
  | { kind: 'all_rows' };

/** Before the first answer, or at "where" for those who came for one thing; who fills a project still says with what. */
export function wizardBegun(first: BackupRow, begin: Partial<RestoreDraft> | undefined): WizardState {
  return {
    ...planBegun,
    step: begin === undefined ? 'why' : begin.makes ? 'moment' : 'where',
    momentId: first.id,
    draft: { ...blankDraft(first.project), ...begin },
  };
}

const answered = (state: WizardState, part: Partial<RestoreDraft>): WizardState => ({
  ...state,
  draft: { ...state.draft, ...part },
});

export function reduceWizard(state: WizardState, act: WizardAct): WizardState {
  switch (act.kind) {
    case 'go':
      return { ...state, step: act.step };
    case 'answer':
      return answered(state, act.part);
    case 'moment':
      // What was later than the one moment may not be later than the other.
      return answered({ ...state, momentId: act.id }, { after: null });
    case 'damage': {
      const momentId = movedBefore(act.atMs, act.chosen, act.moments)?.id ?? state.momentId;
      return answered({ ...state, momentId }, { damageAtMs: act.atMs, after: null });
    }
    case 'look_inside': {
      const safety = state.safety.kind === 'off' ? planBegun.safety : state.safety;
      return planReduced(answered({ ...state, safety }, preselected('look')), { kind: 'plan' });
    }
    case 'safer': {
      const tables = new Set(act.way.tables);
      return planReduced(answered(state, { scope: 'tables', mode: 'missing_rows', tables }), {
        kind: 'plan',
      });
    }
    case 'all_rows':
      return planReduced(answered(state, { scope: 'rows', mode: 'replace', makes: false }), { kind: 'plan' });
    default:
      return planReduced(state, act);
  }
}

/** The request for a plan of what was answered. */
export function planRequest(
  { momentId, draft, safety }: WizardState,
  tables: readonly string[],
): Request<'restore_plan'> {
  return {
    backup: momentId,
    target: requestOf(draft, tables),
    noSafetyBecause: isIntoExisting(draft) ? reasonOf(safety) : null,
    ...(isMerge(draft) ? { after: draft.after } : {}),
    ...(safety.kind === 'meanwhile' && replacesRows(draft) ? { letWritersWrite: true } : {}),
  };
}

/** What the answers are held against. */
export interface Seen extends PlanSeen {
  /** The moment that is looked at. */
  row: BackupRow;
  /** Its tables; absent while they are read. */
  tables: readonly TableView[] | undefined;
  /** Whether the server of the backup's own project cannot be reached. */
  ownGone: boolean;
}

const isPlanned = (step: Step): step is PlanStep => !(QUESTIONS as readonly Step[]).includes(step);

/** Whether the step is one of a plan that was made. */
export const atPlan = ({ step }: WizardState): boolean => isPlanned(step);

function whatHindrance(draft: RestoreDraft, tables: readonly TableView[] | undefined): string | null {
  if (tables === undefined) return 'The backup is being read.';
  const isNone = draft.scope === 'tables' && chosenIn(draft, tables).length === 0;
  return isNone ? 'Choose at least one table.' : null;
}

/** Why the step cannot be left forwards; absent when it can. */
export function hindranceOf(state: WizardState, seen: Seen): string | null {
  const { step, draft } = state;
  switch (step) {
    case 'why':
      return draft.why === null ? 'Choose what happened.' : null;
    case 'moment':
      return holdsDatabase(seen) ? null : 'There is no database in this one.';
    case 'what':
      return whatHindrance(draft, seen.tables);
    case 'where':
      return whatHindrance(draft, seen.tables) ?? missing(draft, seen.ownGone);
    default:
      return planHindrance({ ...state, step }, seen);
  }
}

/** What leads on from the step; absent while there is nothing to go on to. */
export function forwardOf(state: WizardState, seen: Seen): Forward<Step> | null {
  const { step } = state;
  switch (step) {
    case 'why':
      return { kind: 'go', step: 'moment', words: 'Next: which moment' };
    case 'moment':
      return { kind: 'go', step: 'what', words: `Next: use ${moment(seen.row.atMs)}` };
    case 'what':
      return { kind: 'go', step: 'where', words: 'Next: where' };
    case 'where':
      return { kind: 'plan', words: 'Next: preview' };
    default:
      return planForward({ ...state, step }, seen, 'passed_over');
  }
}

/** The step before; absent at the first. */
export function stepBefore({ step }: WizardState, plan: PlanSeen['plan']): Step | undefined {
  const path: readonly Step[] = [...QUESTIONS, ...planPath(step, plan, 'passed_over')];
  return path[path.indexOf(step) - 1];
}
