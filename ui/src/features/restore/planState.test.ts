import { describe, expect, test } from 'vitest';

import type { RestorePlanView, TargetRequest } from '../../ipc/bindings';
import { planOf } from '../../ipc/mock/restores';
import {
  isOutOfDate,
  mustReplan,
  planBegun,
  planForward,
  planHindrance,
  planPath,
  reducePlan,
  type PlanState,
} from './planState';

const replace: TargetRequest = { kind: 'tables', project: null, tables: ['public.orders'], mode: 'replace' };
const planned = planOf({ backup: 'b', target: replace });
const meanwhile = planOf({ backup: 'b', target: replace, letWritersWrite: true });
const declined = planOf({ backup: 'b', target: replace, noSafetyBecause: 'the disk is full' });
const swap = planOf({ backup: 'b', target: { kind: 'swap', project: null, keepDays: null } });
const scratch = planOf({ backup: 'b', target: { kind: 'scratch' } });

const seen = (plan: RestorePlanView | undefined, isStale = false) => ({ plan, isPlanning: false, isStale });
const at = (step: PlanState['step'], given: Partial<PlanState> = {}): PlanState => ({
  ...planBegun,
  step,
  ...given,
});
const off = (reason: string) => ({ kind: 'off', reason }) as const;

describe('what a person says to a plan', () => {
  test('a_new_plan_is_looked_at_consented_to_and_typed_afresh_and_keeps_the_wish_for_a_backup', () => {
    const said = [
      { kind: 'go', step: 'confirm' },
      { kind: 'type', typed: 'shop' },
      { kind: 'consent', consents: true },
      { kind: 'safety', safety: off('the disk is full') },
    ] as const;
    const before = said.reduce(reducePlan, planBegun);
    expect(before).toEqual({
      step: 'confirm',
      typed: 'shop',
      consents: true,
      safety: off('the disk is full'),
    });
    expect(reducePlan(before, { kind: 'plan' })).toEqual({
      ...planBegun,
      safety: off('the disk is full'),
    });
  });
});

describe('a plan has to be made anew', () => {
  test.each([
    ['as_it_was_planned', planned, { kind: 'on' }, false],
    ['with_writers_who_go_on', planned, { kind: 'meanwhile' }, true],
    ['with_writers_who_wait_again', meanwhile, { kind: 'on' }, true],
    ['with_writers_who_went_on_already', meanwhile, { kind: 'meanwhile' }, false],
    ['without_a_backup', planned, off('the disk is full'), true],
    ['without_a_backup_for_the_same_reason', declined, off(' the disk is full '), false],
    ['without_a_backup_for_another_reason', declined, off('no time'), true],
    ['with_a_backup_after_all', declined, { kind: 'on' }, true],
    ['where_no_backup_is_needed', scratch, off('whatever'), false],
    ['where_nobody_would_wait', swap, { kind: 'meanwhile' }, false],
  ] as const)('%s', (_name, plan, safety, expected) => {
    expect(mustReplan(plan, safety)).toBe(expected);
  });
});

describe('a plan is out of date', () => {
  test.each(['plan_stale', 'plan_not_found', 'connections_open'] as const)('after_%s', (code) => {
    expect(isOutOfDate(planned, planned.validUntilMs - 1, code)).toBe(true);
  });
  test('at_its_last_moment_and_not_for_another_refusal', () => {
    expect(isOutOfDate(planned, planned.validUntilMs, undefined)).toBe(true);
    expect(isOutOfDate(planned, planned.validUntilMs - 1, 'no_answer')).toBe(false);
    expect(isOutOfDate(planned, planned.validUntilMs - 1, undefined)).toBe(false);
  });
});

describe('the way through a plan', () => {
  test('asks_about_a_safety_backup_only_where_one_is_made', () => {
    expect(planPath('preview', planned, 'passed_over')).toEqual(['preview', 'safety', 'confirm']);
    expect(planPath('preview', scratch, 'passed_over')).toEqual(['preview', 'confirm']);
    expect(planPath('preview', undefined, 'passed_over')).toEqual(['preview', 'confirm']);
  });
  test('passes_over_one_that_was_declined_unless_somebody_stands_there', () => {
    expect(planPath('confirm', declined, 'passed_over')).toEqual(['preview', 'confirm']);
    expect(planPath('safety', declined, 'passed_over')).toEqual(['preview', 'safety', 'confirm']);
    expect(planPath('confirm', declined, 'asked_again')).toEqual(['preview', 'safety', 'confirm']);
  });
});

describe('what leads on', () => {
  test('is_nothing_while_there_is_no_plan', () => {
    expect(planForward(at('preview'), seen(undefined), 'passed_over')).toBeNull();
    expect(planForward(at('preview'), { ...seen(planned), isPlanning: true }, 'passed_over')).toBeNull();
  });
  test.each(['preview', 'safety', 'confirm'] as const)('is_another_look_in_%s_when_it_is_stale', (step) => {
    expect(planForward(at(step), seen(planned, true), 'passed_over')).toEqual({ kind: 'again' });
  });
  test('is_the_safety_backup_then_the_name_then_the_act', () => {
    const words = (step: PlanState['step'], plan: RestorePlanView) =>
      planForward(at(step), seen(plan), 'passed_over');
    expect(words('preview', planned)).toMatchObject({ step: 'safety', words: 'Next: safety backup' });
    expect(words('preview', scratch)).toMatchObject({ step: 'confirm', words: 'Next: confirm' });
    expect(words('preview', declined)).toMatchObject({ step: 'confirm' });
    expect(words('safety', planned)).toMatchObject({ step: 'confirm' });
    expect(words('confirm', planned)).toEqual({ kind: 'apply' });
  });
  test.each([
    ['Plan anew', planned, { kind: 'meanwhile' }],
    ['Plan anew without one', planned, off('no time')],
    ['Plan anew with a safety backup', declined, { kind: 'on' }],
  ] as const)('is_a_new_plan_called_%s', (words, plan, safety) => {
    expect(planForward(at('safety', { safety }), seen(plan), 'passed_over')).toEqual({ kind: 'plan', words });
  });
});

describe('what is in the way', () => {
  test('is_what_forbids_the_plan_in_the_preview_and_at_the_name', () => {
    const blocked = { ...scratch, blockers: ['one'] };
    expect(planHindrance(at('preview'), seen(blocked))).toBe('One thing forbids it.');
    expect(planHindrance(at('confirm', { typed: 'shop' }), seen({ ...blocked, blockers: ['1', '2'] }))).toBe(
      '2 things forbid it.',
    );
  });
  test('is_a_missing_consent_before_a_missing_name', () => {
    expect(planHindrance(at('confirm'), seen(swap))).toBe(
      'Consent to end 14 sessions, or close them and look again.',
    );
    expect(planHindrance(at('preview', { consents: true }), seen(swap))).toBeNull();
    expect(planHindrance(at('confirm', { consents: true }), seen(swap))).toBe('Type the name first.');
    expect(planHindrance(at('confirm', { consents: true, typed: 'shop' }), seen(swap))).toBeNull();
  });
  test('is_a_reason_of_spaces_alone', () => {
    expect(planHindrance(at('safety', { safety: off('  ') }), seen(planned))).toBe(
      'Write why none is wanted.',
    );
    expect(planHindrance(at('safety', { safety: off('no time') }), seen(planned))).toBeNull();
  });
  test('is_not_said_where_only_another_look_helps', () => {
    expect(planHindrance(at('confirm'), seen(swap, true))).toBeNull();
    expect(planHindrance(at('safety', { safety: off('') }), seen(planned, true))).toBeNull();
  });
});
