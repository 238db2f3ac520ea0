import type { ErrorCode, RestorePlanView } from '../../ipc/bindings';
import { counted } from '../../shared/format';
import { isConfirmed } from '../../shared/TypedConfirm';
import { sessionsToEnd } from './planWords';

/** What every plan is looked at in, whoever made it: what would change, a backup first, the name typed. */
export const PLAN_STEPS = ['preview', 'safety', 'confirm'] as const;
export type PlanStep = (typeof PLAN_STEPS)[number];

/** A backup of the target first: others wait for it, or write meanwhile; or none, and why. */
export type SafetyChoice = { kind: 'on' } | { kind: 'meanwhile' } | { kind: 'off'; reason: string };

/** What a person says to a plan. */
export interface PlanState {
  step: PlanStep;
  safety: SafetyChoice;
  /** The name of the target, as far as it was typed. */
  typed: string;
  /** Whether the sessions that were shown may be ended. */
  consents: boolean;
}

export type PlanAct =
  | { kind: 'go'; step: PlanStep }
  | { kind: 'safety'; safety: SafetyChoice }
  | { kind: 'type'; typed: string }
  | { kind: 'consent'; consents: boolean }
  /** A plan is asked for: it is looked at, consented to and typed afresh. */
  | { kind: 'plan' };

export const planBegun: PlanState = { step: 'preview', safety: { kind: 'on' }, typed: '', consents: false };

/** The state after an act. A restore has steps before these, and holds more. */
export function planReduced<State extends Omit<PlanState, 'step'>>(
  state: State,
  act: Exclude<PlanAct, { kind: 'go' }>,
): State {
  if (act.kind === 'safety') return { ...state, safety: act.safety };
  if (act.kind === 'type') return { ...state, typed: act.typed };
  if (act.kind === 'consent') return { ...state, consents: act.consents };
  return { ...state, step: 'preview', typed: '', consents: false };
}

/** What an undo goes through. */
export const reducePlan = (state: PlanState, act: PlanAct): PlanState =>
  act.kind === 'go' ? { ...state, step: act.step } : planReduced(state, act);

/** The plan, and how it stands. */
export interface PlanSeen {
  /** Absent until one was made. */
  plan: RestorePlanView | undefined;
  isPlanning: boolean;
  isStale: boolean;
}

/** Refusals after which only a new look helps: a target that changed, or more sessions than were shown. */
const STALE_CODES: readonly ErrorCode[] = ['plan_stale', 'plan_not_found', 'connections_open'];

/** Whether a plan ran out, or what applying it was answered says so. */
export const isOutOfDate = (plan: RestorePlanView, nowMs: number, code: ErrorCode | undefined): boolean =>
  plan.validUntilMs <= nowMs || (code !== undefined && STALE_CODES.includes(code));

/** Why no safety backup is wanted; absent while one is. */
export const reasonOf = (safety: SafetyChoice): string | null =>
  safety.kind === 'off' ? safety.reason.trim() : null;

/** Whether the target is backed up first, or could be. */
export const hasSafety = ({ safety }: RestorePlanView): boolean => safety.kind !== 'not_needed';

/** Why the plan makes no safety backup, where one was declined. */
const declinedIn = ({ safety }: RestorePlanView): string | null =>
  safety.kind === 'declined' ? safety.reason : null;

/** Whether the plan was made for another safety backup than the one that is wanted now. */
export function mustReplan(plan: RestorePlanView, safety: SafetyChoice): boolean {
  if (!hasSafety(plan)) return false;
  if (reasonOf(safety) !== declinedIn(plan)) return true;
  // Where nobody would wait, there is nothing to choose.
  const lets = plan.letsWritersWrite ?? null;
  if (safety.kind === 'off' || lets === null) return false;
  return (safety.kind === 'meanwhile') !== lets;
}

/** Whether a safety backup that was declined is asked about again with each plan. */
export type Declined = 'asked_again' | 'passed_over';

/** The steps of a plan, of which the present one is always one. */
export function planPath(step: string, plan: RestorePlanView | undefined, declined: Declined): PlanStep[] {
  const isAsked =
    plan !== undefined && hasSafety(plan) && (declined === 'asked_again' || plan.safety.kind !== 'declined');
  return PLAN_STEPS.filter((each) => each !== 'safety' || isAsked || step === 'safety');
}

/** Why a plan cannot be gone on with; absent when it can, and where another look is what helps. */
export function planHindrance(
  { step, safety, typed, consents }: PlanState,
  { plan, isStale }: PlanSeen,
): string | null {
  if (!plan || isStale) return null;
  if (step === 'safety')
    return hasSafety(plan) && reasonOf(safety) === '' ? 'Write why none is wanted.' : null;
  const { blockers } = plan;
  if (blockers.length > 0)
    return blockers.length === 1 ? 'One thing forbids it.' : `${blockers.length} things forbid it.`;
  const ends = sessionsToEnd(plan);
  if (ends > 0 && !consents)
    return `Consent to end ${counted(ends, 'session')}, or close ${ends === 1 ? 'it' : 'them'} and look again.`;
  return step === 'confirm' && !isConfirmed(plan.targetDatabase, typed) ? 'Type the name first.' : null;
}

/** What leads on: to a step, to a plan, to another look, or to the act itself. */
export type Forward<Step extends string = PlanStep> =
  | { kind: 'go'; step: Step; words: string }
  | { kind: 'plan'; words: string }
  | { kind: 'again' }
  | { kind: 'apply' };

const NEXT_WORDS = { preview: '', safety: 'Next: safety backup', confirm: 'Next: confirm' } as const;

/** What leads on from a step of a plan; absent while there is no plan. */
export function planForward(
  { step, safety }: PlanState,
  { plan, isPlanning, isStale }: PlanSeen,
  declined: Declined,
): Forward | null {
  if (!plan || isPlanning) return null;
  if (isStale) return { kind: 'again' };
  if (step === 'safety' && mustReplan(plan, safety)) {
    if (safety.kind === 'off') return { kind: 'plan', words: 'Plan anew without one' };
    const wasDeclined = declinedIn(plan) !== null;
    return { kind: 'plan', words: wasDeclined ? 'Plan anew with a safety backup' : 'Plan anew' };
  }
  const path = planPath(step, plan, declined);
  const next = path[path.indexOf(step) + 1];
  return next === undefined ? { kind: 'apply' } : { kind: 'go', step: next, words: NEXT_WORDS[next] };
}
