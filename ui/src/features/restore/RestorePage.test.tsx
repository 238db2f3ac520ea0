import { screen, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { AT, button, click, hero, next, requests, target } from '../../app/testing/restoring';
import { user } from '../../app/testing/user';
import type { Request } from '../../ipc/call';
import { installMock, type Handlers } from '../../ipc/mock';
import { planOf } from '../../ipc/mock/restores';

const stale = {
  code: 'plan_stale',
  message: 'the target changed since it was planned',
  hint: 'Plan the restore again.',
  retry: 'after_fix' as const,
  reportId: '',
};

beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
});

/** The wizard as far as the step "where", or to the tables where the answer asks for some. */
async function toWhere(
  why: string,
  tables: readonly string[] = [],
  overrides: Partial<Handlers> = {},
  scenario = 'home',
) {
  const mock = installMock(scenario, overrides);
  renderApp(AT);
  await click(why);
  await next();
  await next();
  for (const table of tables)
    await user.click(await screen.findByRole('checkbox', { name: `Restore ${table}` }));
  await next();
  return mock;
}

describe('each target of a restore', () => {
  test('a_look_inside_needs_no_further_answer_and_no_safety_backup', async () => {
    const { calls } = await toWhere('why-look');
    await next();
    await hero('42 tables would be created, nothing is changed.');
    await next();
    await user.type(await screen.findByTestId('confirm-name'), 'shop');
    expect(button('apply-restore').textContent).toBe('Restore to look inside');
    await click('apply-restore');
    await waitFor(() =>
      expect(requests(calls, 'restore_apply')).toEqual([
        { planId: 'plan-1', confirm: 'shop', endConnections: false },
      ]),
    );
    expect(requests(calls, 'restore_plan')).toEqual([
      { backup: 'b-shop-prod', target: { kind: 'scratch' }, noSafetyBecause: null },
    ]);
  });

  test('a_new_database_is_planned_by_its_name', async () => {
    const { calls } = await toWhere('why-look');
    await click('target-new-database');
    const name = await screen.findByTestId<HTMLInputElement>('target-name');
    expect(name.value).toBe('shop_prod_restored');
    await user.clear(name);
    await user.type(name, 'shop_restored');
    await next();
    await hero('42 tables would be created, nothing is changed.');
    expect(target(calls)).toEqual({ kind: 'new_database', name: 'shop_restored', project: null });
  });

  test('another_server_is_read_from_a_pasted_string', async () => {
    const { calls } = await toWhere('why-new-server');
    expect(button('plan-next').disabled).toBe(true);
    expect(screen.getByTestId('hindrance').textContent).toBe('Paste how the server is reached.');
    await user.type(
      screen.getByTestId('target-connection'),
      'postgresql://anna:secret@new.example:5433/postgres{Enter}',
    );
    await waitFor(() => expect(button('plan-next').disabled).toBe(false));
    await next();
    await waitFor(() =>
      expect(target(calls)).toMatchObject({
        kind: 'other_server',
        name: 'shop_prod_restored',
        password: 'secret',
        connection: { host: 'new.example', port: 5433 },
      }),
    );
  });

  test('a_swap_shows_who_the_target_is_and_asks_to_end_its_sessions', async () => {
    const { calls } = await toWhere('why-go-back');
    await click('target-swap');
    await waitFor(() =>
      expect(screen.getByTestId('target-identity').textContent).toContain('db.shop.example:5432'),
    );
    await next();
    await hero('About 12,670 newer rows would be lost.');
    expect(target(calls)).toEqual({ kind: 'swap', project: null, keepDays: null });
    expect(screen.getAllByText('7301442881402718233').length).toBeGreaterThan(0);
    expect(button('plan-next').disabled).toBe(true);
    expect(screen.getByTestId('hindrance').textContent).toContain('Consent to end 14 sessions');
    await click('end-connections');
    await next();
    expect(await screen.findByText('A backup of what is there now, first?')).toBeTruthy();
    await next();
    await user.type(await screen.findByTestId('confirm-name'), 'shop');
    expect(button('apply-restore').textContent).toBe('Replace 41 tables in shop');
    await click('apply-restore');
    await waitFor(() =>
      expect(requests(calls, 'restore_apply')).toEqual([
        { planId: 'plan-1', confirm: 'shop', endConnections: true },
      ]),
    );
  });

  test('in_place_may_go_into_the_database_of_another_project', async () => {
    const { calls } = await toWhere('why-go-back');
    await click('target-in-place');
    await user.selectOptions(await screen.findByTestId('target-into'), 'p-shop-staging');
    await next();
    await waitFor(() => expect(target(calls)).toEqual({ kind: 'in_place', project: 'p-shop-staging' }));
  });

  test.each([
    ['why-damaged', null, 'beside'],
    ['why-missing-rows', null, 'missing_rows'],
    ['why-damaged', 'mode-replace', 'replace'],
  ] as const)('tables_after_%s_with_%s_are_restored_as_%s', async (why, choose, mode) => {
    const { calls } = await toWhere(why, ['public.customers', 'public.carts']);
    if (choose) await click(choose);
    await next();
    await waitFor(() =>
      expect(target(calls)).toEqual({
        kind: 'tables',
        project: null,
        tables: ['public.carts', 'public.customers'],
        mode,
      }),
    );
  });
});

describe('only what was damaged', () => {
  const fromMoment = async (moment: string) => {
    const mock = installMock('home');
    renderApp(AT);
    await click('why-damaged');
    await next();
    await click(`mark-${moment}`);
    await next();
    await user.click(await screen.findByRole('checkbox', { name: 'Restore public.products' }));
    await next();
    return mock;
  };

  test('is_told_by_the_first_backup_after_it_and_another_one_can_be_chosen', async () => {
    const { calls } = await fromMoment('b-8c04d203');
    await click('mode-merge');
    const after = await screen.findByTestId<HTMLSelectElement>('after-backup');
    expect(after.value).toBe('b-8c04d202');
    expect([...after.options].map(({ value }) => value)).toEqual([
      '',
      'b-8c04d202',
      'b-8c04d201',
      'b-shop-prod',
    ]);
    await user.selectOptions(after, '');
    expect(screen.getByTestId('hindrance').textContent).toBe(
      'Choose the backup that was made after the damage.',
    );
    await user.selectOptions(after, 'b-8c04d201');
    await next();
    await hero('0 rows would come back and 14 rows be set back, later work stays.');
    expect(requests(calls, 'restore_plan').at(-1)).toEqual({
      backup: 'b-8c04d203',
      target: { kind: 'tables', project: null, tables: ['public.products'], mode: 'merge' },
      noSafetyBecause: null,
      after: 'b-8c04d201',
    });
    expect(screen.getByText('2 stay')).toBeTruthy();
  });

  test('needs_a_later_backup_and_says_so', async () => {
    await toWhere('why-damaged', ['public.orders']);
    expect((await screen.findByTestId<HTMLInputElement>('mode-merge')).disabled).toBe(true);
    expect(screen.getByText(/made after the damage, and there is none/)).toBeTruthy();
  });

  test('begins_anew_where_another_moment_is_chosen', async () => {
    await fromMoment('b-8c04d203');
    await click('mode-merge');
    await user.click(screen.getByRole('button', { name: 'Back' }));
    await user.click(screen.getByRole('button', { name: 'Back' }));
    await click('mark-b-8c04d204');
    await next();
    await next();
    expect((await screen.findByTestId<HTMLSelectElement>('after-backup')).value).toBe('');
    expect(screen.getByTestId('hindrance').textContent).toContain('made after the damage');
  });
});

describe('what a person may not do by accident', () => {
  test.each(['why-damaged', 'why-missing-rows', 'why-go-back', 'why-new-server', 'why-look'])(
    '%s_preselects_nothing_that_replaces',
    async (why) => {
      await toWhere(why, ['why-damaged', 'why-missing-rows'].includes(why) ? ['public.orders'] : []);
      const chosen = [...document.querySelectorAll<HTMLInputElement>('input[type=radio]:checked')].map(
        (radio) => radio.value,
      );
      expect(chosen).toHaveLength(1);
      expect(['scratch', 'other_server', 'beside', 'missing_rows']).toContain(chosen[0]);
    },
  );

  test('no_table_chosen_leads_nowhere_and_says_so', async () => {
    installMock('home');
    renderApp(AT);
    await click('why-damaged');
    await next();
    await next();
    expect((await screen.findByTestId('comes-along')).textContent).toContain('foreign keys');
    expect(button('plan-next').disabled).toBe(true);
    expect(screen.getByTestId('hindrance').textContent).toBe('Choose at least one table.');
  });

  test('a_wrong_name_and_the_enter_key_apply_nothing', async () => {
    const { calls } = await toWhere('why-look');
    await next();
    await next();
    await user.type(await screen.findByTestId('confirm-name'), 'shopp{Enter}');
    expect(screen.getByText('That is not shop.')).toBeTruthy();
    expect(button('apply-restore').disabled).toBe(true);
    expect(screen.getByTestId('hindrance').textContent).toBe('Type the name first.');
    await user.type(screen.getByTestId('confirm-name'), '{Backspace}{Enter}');
    expect(button('apply-restore').disabled).toBe(false);
    expect(requests(calls, 'restore_apply')).toEqual([]);
  });

  test('a_blocked_plan_cannot_go_on_and_says_why', async () => {
    await toWhere('why-look', [], {}, 'blocked');
    await next();
    expect((await screen.findByTestId('plan-blockers')).textContent).toContain(
      'create role "billing" nologin;',
    );
    expect(await hero('This plan cannot be applied.')).toBeTruthy();
    expect(button('plan-next').disabled).toBe(true);
  });

  test('a_safety_backup_is_declined_only_with_a_reason_and_by_a_new_plan', async () => {
    const { calls } = await toWhere('why-damaged', ['public.orders']);
    await click('mode-replace');
    await next();
    await next();
    await click('safety-off');
    expect(button('plan-next').disabled).toBe(true);
    expect(screen.getByTestId('hindrance').textContent).toBe('Write why none is wanted.');
    await user.type(screen.getByTestId('safety-reason'), '   ');
    expect(button('plan-next').disabled).toBe(true);
    await user.type(screen.getByTestId('safety-reason'), 'the disk is full');
    await next();
    expect((await screen.findByTestId('no-safety')).textContent).toContain('the disk is full');
    expect(
      requests(calls, 'restore_plan').map((request) => (request as Request<'restore_plan'>).noSafetyBecause),
    ).toEqual([null, 'the disk is full']);
    await next();
    expect(await screen.findByText('none is made')).toBeTruthy();
  });
});

describe('others who write while a safety backup is made', () => {
  test('wait_unless_they_are_let_go_on_which_is_a_plan_of_its_own', async () => {
    const { calls } = await toWhere('why-damaged', ['public.orders']);
    await click('mode-replace');
    await next();
    await next();
    expect(screen.getByText(/Others wait until it is made/)).toBeTruthy();
    await click('safety-meanwhile');
    expect(button('plan-next').textContent).toBe('Plan anew');
    await next();
    expect(await screen.findByText(/Let writers go on until the safety backup is made/)).toBeTruthy();
    expect(
      requests(calls, 'restore_plan').map(
        (request) => (request as Request<'restore_plan'>).letWritersWrite ?? false,
      ),
    ).toEqual([false, true]);
    await next();
    await next();
    expect(await screen.findByTestId('confirm-name')).toBeTruthy();
  });

  test('are_not_asked_about_where_nobody_waits', async () => {
    await toWhere('why-damaged', ['public.orders']);
    await next();
    await next();
    expect(await screen.findByTestId('safety-on')).toBeTruthy();
    expect(screen.queryByTestId('safety-meanwhile')).toBeNull();
  });
});

describe('ten thousand tables', () => {
  test('draw_only_the_rows_in_sight_are_found_by_name_and_ticked_by_the_space_bar', async () => {
    const { calls } = installMock('tables');
    renderApp(AT);
    await click('why-missing-rows');
    await next();
    await next();
    const list = await screen.findByRole('grid', { name: 'Tables of the backup, by schema, largest first' });
    expect(list.querySelectorAll('input[type=checkbox]').length).toBeLessThan(80);
    await user.type(screen.getByTestId('filter-tables'), 'table_9999');
    await waitFor(() =>
      expect(list.querySelectorAll('[role=gridcell] input[type=checkbox]')).toHaveLength(1),
    );
    list.focus();
    await user.keyboard('{ArrowDown} ');
    expect(screen.getByText('1 of 10,000 chosen')).toBeTruthy();
    await next();
    await next();
    await waitFor(() =>
      expect(target(calls)).toMatchObject({ kind: 'tables', tables: ['public.table_9999'] }),
    );
  });
});

describe('a plan that is out of date', () => {
  test('is_looked_at_again_when_it_ran_out', async () => {
    await toWhere('why-look', [], { restore_plan: (request) => planOf(request, 'stale') });
    await next();
    expect(await screen.findByTestId('plan-stale')).toBeTruthy();
    expect(screen.queryByTestId('plan-next')).toBeNull();
    expect(screen.getByTestId('look-again')).toBeTruthy();
  });

  test('is_looked_at_again_when_the_target_changed_before_it_was_applied', async () => {
    const { calls } = await toWhere('why-look', [], { restore_apply: () => Promise.reject(stale) });
    await next();
    await next();
    await user.type(await screen.findByTestId('confirm-name'), 'shop');
    await click('apply-restore');
    expect((await screen.findByTestId('error-panel')).textContent).toContain('The plan is out of date.');
    expect(screen.queryByTestId('apply-restore')).toBeNull();
    await click('look-again');
    await hero('42 tables would be created, nothing is changed.');
    await next();
    expect((await screen.findByTestId<HTMLInputElement>('confirm-name')).value).toBe('');
    expect(requests(calls, 'restore_plan')).toHaveLength(2);
  });
});

describe('the safer alternative', () => {
  test('turns_a_lossy_plan_into_one_that_adds_the_missing_rows_alone', async () => {
    const { calls } = await toWhere('why-go-back');
    await click('target-swap');
    await next();
    expect((await screen.findByTestId('safer-way')).textContent).toContain('No newer row is touched.');
    await click('take-safer');
    await hero('2,927 rows would come back, nothing is lost.');
    expect(target(calls)).toEqual({
      kind: 'tables',
      project: null,
      tables: ['public.addresses', 'public.customers', 'public.carts'],
      mode: 'missing_rows',
    });
    expect(screen.queryByTestId('safer-way')).toBeNull();
  });
});

describe('a role that may not make what the backup holds', () => {
  test('is_led_to_all_rows_into_the_tables_that_are_there', async () => {
    const { calls } = await toWhere('why-go-back', [], {}, 'blocked');
    await click('target-swap');
    await next();
    await hero('This plan cannot be applied.');
    await click('take-instead');
    await waitFor(() =>
      expect(target(calls)).toEqual({ kind: 'all_rows', project: null, mode: 'replace', makes: false }),
    );
    const left = await screen.findByTestId('left-out');
    expect(left.textContent).toContain('3 tables of the backup stay as they are.');
    expect(left.textContent).toContain('storage.vector_indexes');
    expect(screen.queryByTestId('instead')).toBeNull();
  });

  test('all_rows_are_chosen_ahead_and_never_go_beside', async () => {
    const { calls } = installMock('home');
    renderApp(AT);
    await click('why-damaged');
    await next();
    await next();
    await click('what-rows');
    await next();
    await screen.findByTestId('mode-replace');
    expect(screen.queryByTestId('mode-beside')).toBeNull();
    await next();
    await waitFor(() => expect(target(calls)).toMatchObject({ kind: 'all_rows', mode: 'missing_rows' }));
  });

  test('a_project_that_was_made_anew_gets_what_it_lacks', async () => {
    const { calls } = installMock('home');
    renderApp(AT);
    await click('why-damaged');
    await next();
    await next();
    await click('what-rows');
    await next();
    await click('mode-replace');
    await click('make-missing');
    await next();
    await waitFor(() => expect(target(calls)).toMatchObject({ kind: 'all_rows', makes: true }));
    expect(await screen.findByText(/make what is not there: 2 schemas/)).toBeTruthy();
    expect(await hero('30 tables would be created, no row is lost.')).toBeTruthy();
    expect(screen.getByText(/^Creates 30 tables in/)).toBeTruthy();
  });
});

describe('undo and discard', () => {
  test('an_undo_is_previewed_consented_to_and_confirmed_like_any_plan', async () => {
    const { calls } = installMock('home');
    renderApp('/run/j-restored');
    await click('undo-restore');
    expect(await hero('48 rows written since would leave shop.')).toBeTruthy();
    expect(button('plan-next').disabled).toBe(true);
    await click('end-connections');
    await next();
    expect((await screen.findByTestId<HTMLButtonElement>('apply-restore')).disabled).toBe(true);
    await user.type(screen.getByTestId('confirm-name'), 'shop');
    await click('apply-restore');
    await waitFor(() =>
      expect(requests(calls, 'restore_apply')).toEqual([
        { planId: 'plan-undo', confirm: 'shop', endConnections: true },
      ]),
    );
    expect(requests(calls, 'restore_undo_plan')).toEqual([{ restore: 'j-restored', noSafetyBecause: null }]);
  });

  test('discarding_takes_the_name_of_the_old_database', async () => {
    const { calls } = installMock('home');
    renderApp('/run/j-restored');
    await click('discard-old');
    expect(await hero('Everything in shop_before_20261121_1116 would be gone.')).toBeTruthy();
    await next();
    await user.type(await screen.findByTestId('confirm-name'), 'shop');
    expect(button('apply-restore').disabled).toBe(true);
    await user.type(screen.getByTestId('confirm-name'), '_before_20261121_1116');
    await click('apply-restore');
    await waitFor(() =>
      expect(requests(calls, 'restore_apply')).toEqual([
        { planId: 'plan-discard', confirm: 'shop_before_20261121_1116', endConnections: false },
      ]),
    );
  });

  test('an_undo_without_a_plan_says_why', async () => {
    installMock('home', {
      restore_undo_plan: () =>
        Promise.reject({ ...stale, code: 'nothing_to_undo', message: 'it was undone already' }),
    });
    renderApp('/restored/j-undone/undo');
    expect((await screen.findByTestId('error-panel')).textContent).toContain('It was undone already.');
    expect(screen.queryByTestId('plan-next')).toBeNull();
  });
});

describe('recovery steps in the preview', () => {
  test('they_stand_in_their_places_among_the_steps_of_the_plan', async () => {
    await toWhere('why-go-back', [], {}, 'steps');
    await click('target-swap');
    await next();
    const steps = (await screen.findAllByRole('listitem'))
      .map((item) => item.textContent ?? '')
      .filter((text) => text.includes(': ') && text.endsWith('.'));
    const at = (title: string) => steps.findIndex((text) => text.startsWith(title));
    expect(at('Pause the shop')).toBe(0);
    expect(at('Resume the shop')).toBe(steps.length - 1);
    expect(screen.getAllByRole('listitem').filter((item) => item.hasAttribute('data-own'))).toHaveLength(5);
  });
});
