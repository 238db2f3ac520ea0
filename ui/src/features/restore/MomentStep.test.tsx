import { screen, waitFor } from '@testing-library/react';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { AT, button, click, hero, next, requests, target } from '../../app/testing/restoring';
import { user } from '../../app/testing/user';
import type { Request } from '../../ipc/call';
import { installMock } from '../../ipc/mock';
import { backups, backupView } from '../../ipc/mock/backups';
import { fieldOf } from './moments';

beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
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
