import { screen, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import type { Request } from '../../ipc/call';
import { installMock, type Handlers } from '../../ipc/mock';
import { planOf } from '../../ipc/mock/restores';
import { backups, backupView } from '../../ipc/mock/runs';
import { fieldOf } from './moments';

const AT = '/restore/b-shop-prod';
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

const click = async (id: string) => user.click(await screen.findByTestId(id));
/** The one sentence of a step; the live region says it too. */
const hero = (name: string) => screen.findByRole('heading', { level: 1, name });
const next = () => click('plan-next');
const button = (id: string) => screen.getByTestId<HTMLButtonElement>(id);

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

const requests = (calls: readonly { name: string; request: unknown }[], name: string) =>
  calls.filter((call) => call.name === name).map((call) => call.request);
const target = (calls: readonly { name: string; request: unknown }[]) =>
  (requests(calls, 'restore_plan').at(-1) as Request<'restore_plan'>).target;

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

describe('which moment', () => {
  test('the_damage_entered_moves_the_choice_before_it', async () => {
    const { calls } = installMock('home');
    renderApp(AT);
    await click('why-look');
    await next();
    const field = await screen.findByTestId<HTMLInputElement>('damage-at');
    const damage = Date.now() - 5 * 3_600_000;
    await user.type(field, fieldOf(damage));
    expect(await screen.findByText('Moments before the damage')).toBeTruthy();
    await waitFor(() => expect(screen.queryByTestId('moment-b-shop-prod')).toBeNull());
    await next();
    await next();
    await next();
    await waitFor(() =>
      expect((requests(calls, 'restore_plan').at(-1) as Request<'restore_plan'>).backup).toBe('b-8c04d201'),
    );
  });

  test('a_mark_on_the_timeline_chooses_the_same_as_its_row', async () => {
    installMock('home');
    renderApp(AT);
    await click('why-look');
    await next();
    await click('mark-b-8c04d202');
    expect((await screen.findByTestId<HTMLInputElement>('moment-b-8c04d202')).checked).toBe(true);
    expect(screen.getByRole('slider', { name: 'Window of the timeline' })).toBeTruthy();
  });

  test('a_damage_older_than_every_backup_is_said', async () => {
    installMock('home');
    renderApp(AT);
    await click('why-look');
    await next();
    await user.type(await screen.findByTestId('damage-at'), '2019-01-01 10:00');
    expect(await screen.findByText('No backup is older than that.')).toBeTruthy();
    expect(screen.getByTestId('after-damage')).toBeTruthy();
  });

  test('backups_of_every_hour_are_read_as_far_back_as_the_timeline_reaches', async () => {
    const many = Array.from({ length: 2000 }, (_, index) => ({
      ...(backups[0] as (typeof backups)[0]),
      id: `b-${index}`,
      atMs: Date.now() - index * 3_600_000,
    }));
    const { calls } = installMock('home', {
      backup_list: ({ offset, limit }) => ({
        total: many.length,
        backups: many.slice(offset, offset + limit),
      }),
    });
    renderApp(AT);
    await click('why-look');
    await next();
    await screen.findByText(/30 days, 7\d\d backups/);
    await waitFor(() => expect(requests(calls, 'backup_list')).toHaveLength(4));
  });

  test('a_moment_without_a_database_is_no_candidate_is_drawn_otherwise_and_leads_to_what_it_holds', async () => {
    const [newest, ...older] = backups.map((row, index) =>
      index === 0 ? { ...row, components: ['artifact', 'storage'] } : row,
    );
    if (!newest) throw new Error('there are backups');
    const all = [newest, ...older];
    installMock('home', {
      backup_list: () => ({ total: all.length, backups: all }),
      backup_show: ({ backup }) => backupView(all.find(({ id }) => id === backup) ?? newest),
    });
    renderApp('/restore/b-8c04d201');
    await click('why-look');
    await next();
    expect(await screen.findByTestId(`beside-${newest.id}`)).toBeTruthy();
    expect(screen.queryByTestId(`moment-${newest.id}`)).toBeNull();
    await click(`mark-${newest.id}`);
    expect((await screen.findByTestId('no-database-here')).textContent).toContain('It holds files');
    expect(button('plan-next').disabled).toBe(true);
    expect(screen.getByTestId('restore-what-it-has').getAttribute('href')).toContain(`/restore/${newest.id}`);
  });

  test('each_level_says_how_long_ago_it_was_proven_and_a_drill_how_long_it_would_take', async () => {
    installMock('home');
    renderApp(AT);
    await click('why-go-back');
    await next();
    const about = (await screen.findAllByTestId('drill-about'))[0];
    expect(about?.textContent).toBe(', about 6 minutes');
    expect(about?.getAttribute('title')).toContain('As the drill of');
    expect(screen.getAllByTestId('proof-ages')[0]?.textContent).toMatch(/^bytes .* ago/);
  });

  test('a_time_that_nobody_measured_is_said_to_be_a_guess', async () => {
    installMock('home', {
      proof_standing: ({ backups: wanted }) =>
        wanted.map((backupId) => ({
          backupId,
          proofs: [],
          drill: { ms: 41_000, isGuess: true, basis: 'A guess: no drill of this project was measured yet.' },
        })),
    });
    renderApp(AT);
    await click('why-go-back');
    await next();
    expect((await screen.findAllByTestId('drill-about'))[0]?.textContent).toBe(
      ', about 45 seconds (a guess from its size)',
    );
    expect(screen.queryByTestId('proof-ages')).toBeNull();
  });

  test('a_moment_that_was_never_restored_offers_a_drill_first', async () => {
    const { calls } = installMock('home');
    renderApp(AT);
    await click('why-go-back');
    await next();
    await click('drill-first');
    await hero('42 tables would be created, nothing is changed.');
    expect(target(calls)).toEqual({ kind: 'scratch' });
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
