import { describe, expect, test } from 'vitest';

import type { BackupRow } from '../../ipc/bindings';
import { backups, backupView } from '../../ipc/mock/backups';
import { planOf } from '../../ipc/mock/restores';
import { saferWay, tableName } from './draft';
import {
  atPlan,
  forwardOf,
  hindranceOf,
  planRequest,
  reduceWizard,
  stepBefore,
  wizardBegun,
  type Seen,
  type Step,
  type WizardAct,
  type WizardState,
} from './wizard';

const row = backups[0] as BackupRow;
const tables = backupView(row).tableList;
const begun = wizardBegun(row, undefined);
const seen: Seen = { plan: undefined, isPlanning: false, isStale: false, row, tables, ownGone: false };
const after = (...acts: WizardAct[]): WizardState => acts.reduce(reduceWizard, begun);
const at = (step: Step, ...acts: WizardAct[]) => after(...acts, { kind: 'go', step });
const answer = (part: Partial<WizardState['draft']>): WizardAct => ({ kind: 'answer', part });
const swap = planOf({ backup: row.id, target: { kind: 'swap', project: null, keepDays: null } });
const declined = planOf({
  backup: row.id,
  target: { kind: 'swap', project: null, keepDays: null },
  noSafetyBecause: 'the disk is full',
});

describe('where the wizard begins', () => {
  test('at_why_with_nothing_answered_and_a_safety_backup', () => {
    expect(begun).toMatchObject({ step: 'why', momentId: row.id, safety: { kind: 'on' }, typed: '' });
    expect(begun.draft.why).toBeNull();
  });
  test('at_where_for_somebody_who_came_for_one_thing', () => {
    expect(wizardBegun(row, { why: 'look', place: 'scratch' }).step).toBe('where');
  });
});

describe('a damage that is dated', () => {
  const [newest, older] = backups.filter(({ level, components }) => level && components.includes('database'));
  if (!newest || !older) throw new Error('there are proven backups');
  const dated = (atMs: number | null, chosen: BackupRow, moments: readonly BackupRow[]) =>
    reduceWizard({ ...begun, momentId: chosen.id }, { kind: 'damage', atMs, chosen, moments });

  test('moves_the_choice_before_it', () => {
    const state = dated(newest.atMs, newest, [newest, older]);
    expect(state.momentId).toBe(older.id);
    expect(state.draft.damageAtMs).toBe(newest.atMs);
  });
  test('passes_over_what_is_not_proven_or_has_no_database', () => {
    const unproven = { ...older, id: 'unproven', level: null, atMs: older.atMs + 1 };
    const files = { ...older, id: 'files', components: ['storage'], atMs: older.atMs + 2 };
    expect(dated(newest.atMs, newest, [newest, files, unproven, older]).momentId).toBe(older.id);
  });
  test('leaves_a_choice_that_is_before_it_or_has_nothing_before_it', () => {
    expect(dated(newest.atMs + 1, newest, [newest, older]).momentId).toBe(newest.id);
    expect(dated(newest.atMs, newest, [newest]).momentId).toBe(newest.id);
    expect(dated(null, newest, [newest, older]).momentId).toBe(newest.id);
  });
});

describe('acts that ask for a plan', () => {
  test('a_look_inside_touches_nothing_whatever_was_answered_before', () => {
    const state = after(
      answer({ why: 'go_back', place: 'swap' }),
      { kind: 'safety', safety: { kind: 'off', reason: 'no time' } },
      { kind: 'look_inside' },
    );
    expect(state).toMatchObject({ step: 'preview', safety: { kind: 'on' } });
    expect(planRequest(state, [])).toEqual({
      backup: row.id,
      target: { kind: 'scratch' },
      noSafetyBecause: null,
    });
  });
  test('the_safer_way_adds_the_missing_rows_alone_and_has_no_consent_yet', () => {
    const way = saferWay(swap);
    if (!way) throw new Error('rows are missing');
    const state = after(
      answer({ why: 'go_back', place: 'swap' }),
      { kind: 'consent', consents: true },
      { kind: 'safer', way },
    );
    expect(state).toMatchObject({ step: 'preview', consents: false });
    expect(state.draft).toMatchObject({ scope: 'tables', mode: 'missing_rows' });
    expect([...state.draft.tables]).toEqual(way.tables);
  });
  test('a_reason_against_a_safety_backup_is_sent_only_where_something_is_changed', () => {
    const safety = { kind: 'safety', safety: { kind: 'off', reason: ' the disk is full ' } } as const;
    expect(planRequest(after(safety), []).noSafetyBecause).toBeNull();
    expect(planRequest(after(safety, answer({ place: 'swap' })), []).noSafetyBecause).toBe(
      'the disk is full',
    );
  });
  test('others_are_let_write_only_where_rows_are_replaced', () => {
    const safety = { kind: 'safety', safety: { kind: 'meanwhile' } } as const;
    expect(planRequest(after(safety, answer({ place: 'in_place' })), [])).toMatchObject({
      letWritersWrite: true,
    });
    expect(planRequest(after(safety, answer({ place: 'swap' })), [])).not.toHaveProperty('letWritersWrite');
  });
});

describe('what is in the way', () => {
  test('is_an_answer_that_is_missing', () => {
    expect(hindranceOf(begun, seen)).toBe('Choose what happened.');
    expect(hindranceOf(at('why', answer({ why: 'look' })), seen)).toBeNull();
  });
  test('is_a_moment_without_a_database', () => {
    expect(hindranceOf(at('moment'), { ...seen, row: { ...row, components: ['storage'] } })).toBe(
      'There is no database in this one.',
    );
  });
  test('is_a_backup_that_is_being_read', () => {
    expect(hindranceOf(at('what'), { ...seen, tables: undefined })).toBe('The backup is being read.');
    expect(hindranceOf(at('where'), { ...seen, tables: undefined })).toBe('The backup is being read.');
  });
  test('is_no_table_that_this_moment_has', () => {
    const state = at('what', answer({ scope: 'tables', tables: new Set(['public.of_another_moment']) }));
    expect(hindranceOf(state, seen)).toBe('Choose at least one table.');
    const known = new Set(tables.slice(0, 1).map(tableName));
    expect(hindranceOf(reduceWizard(state, answer({ tables: known })), seen)).toBeNull();
  });
  test('is_a_target_that_is_gone', () => {
    const state = at('where', answer({ place: 'swap' }));
    expect(hindranceOf(state, seen)).toBeNull();
    expect(hindranceOf(state, { ...seen, ownGone: true })).toContain('Choose the project');
  });
});

describe('the way back and forth', () => {
  test('goes_through_every_question_to_the_plan', () => {
    expect(['why', 'moment', 'what', 'where'].map((step) => forwardOf(at(step as Step), seen))).toMatchObject(
      [
        { kind: 'go', step: 'moment' },
        { kind: 'go', step: 'what' },
        { kind: 'go', step: 'where' },
        { kind: 'plan', words: 'Next: preview' },
      ],
    );
    expect(['moment', 'what', 'where', 'preview'].map((step) => stepBefore(at(step as Step), swap))).toEqual([
      'why',
      'moment',
      'what',
      'where',
    ]);
    expect(stepBefore(begun, undefined)).toBeUndefined();
  });
  test('passes_over_a_safety_backup_that_was_declined', () => {
    expect(stepBefore(at('confirm'), swap)).toBe('safety');
    expect(stepBefore(at('confirm'), declined)).toBe('preview');
    expect(stepBefore(at('safety'), declined)).toBe('preview');
  });
  test('knows_which_steps_are_of_a_plan', () => {
    expect(['where', 'preview', 'safety', 'confirm'].map((step) => atPlan(at(step as Step)))).toEqual([
      false,
      true,
      true,
      true,
    ]);
  });
});
