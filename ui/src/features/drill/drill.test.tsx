import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, test } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { installMock } from '../../ipc/mock';
import { drills } from '../../ipc/mock/drills';
import { historySentence, verdictSentence } from './words';

describe('report of a drill', () => {
  test('the_verdict_the_time_against_the_goal_and_every_check_are_shown', async () => {
    installMock('home');
    renderApp('/drill/pass');
    expect((await screen.findByTestId('drill-verdict')).textContent).toContain('Pass. The backup of');
    expect(screen.getByTestId('drill-verdict').textContent).toContain('goal 30 min');
    const checks = within(screen.getByTestId('checks')).getAllByRole('listitem');
    expect(checks.filter((one) => one.parentElement === screen.getByTestId('checks'))).toHaveLength(14);
    expect(screen.getByText('12 passed, 1 to look at, 1 not checked')).toBeTruthy();
  });

  test('what_failed_is_named_under_its_check', async () => {
    installMock('home');
    renderApp('/drill/fail');
    expect((await screen.findByTestId('drill-verdict')).textContent).toContain('Fail.');
    expect(screen.getByText('public.order_lines: 4,100,220 rows, and their content differs')).toBeTruthy();
    expect(screen.getByText('10 passed, 1 failed, 2 to look at, 1 not checked')).toBeTruthy();
  });

  test('a_sample_says_that_it_proves_nothing_and_is_in_no_plot_with_drills_of_everything', async () => {
    installMock('home');
    renderApp('/drill/sample');
    expect((await screen.findByTestId('drill-verdict')).textContent).toContain('does not count as proof');
    expect(
      (await screen.findByRole('img', { name: /Time of the last 1 drill of sample:/ })).querySelectorAll(
        'rect',
      ),
    ).toHaveLength(1);
    expect(screen.queryByText(/goal 30 min/)).toBeNull();
  });

  test('the_report_is_saved_where_the_dialog_says', async () => {
    const { calls } = installMock('home');
    renderApp('/drill/pass');
    await userEvent.click(await screen.findByTestId('save-report'));
    await waitFor(() =>
      expect(calls.find((call) => call.name === 'drill_report_save')?.request).toMatchObject({
        path: expect.stringMatching(/drill-.*\.html$/),
      }),
    );
  });

  test('the_plot_is_also_offered_as_a_table', async () => {
    installMock('home');
    renderApp('/drill/pass');
    await userEvent.click(await screen.findByRole('button', { name: 'Show as table' }));
    expect(screen.queryByRole('img', { name: /Time of the last/ })).toBeNull();
    expect(screen.getByText('inconclusive')).toBeTruthy();
  });

  test('without_a_goal_the_way_to_set_one_is_there', async () => {
    installMock('home', {
      goal_show: () => ({
        category: null,
        rpoMs: null,
        rtoMs: null,
        copies: null,
        drillEveryMs: null,
        wholeDrills: false,
      }),
    });
    renderApp('/project/p-shop-prod/drills');
    expect((await screen.findByRole('link', { name: 'Set one' })).getAttribute('href')).toContain(
      '/project/p-shop-prod?tab=goals',
    );
  });

  test('a_drill_that_is_not_there_says_so', async () => {
    installMock('home');
    renderApp('/drill/nowhere');
    expect(await screen.findByText(/there is no drill/i)).toBeTruthy();
  });
});

describe('start of a drill', () => {
  test('the_preflight_is_shown_and_then_the_drill_starts', async () => {
    const { calls } = installMock('home');
    renderApp('/project/p-shop-prod/drills?backup=b-1');
    expect((await screen.findByTestId('drill-preflight')).textContent).toContain(
      '15.10 for the drill, 15.8 at the source',
    );
    await userEvent.click(screen.getByTestId('start-drill'));
    await waitFor(() =>
      expect(calls.find((call) => call.name === 'drill_start')?.request).toMatchObject({
        reference: 'b-1',
        dataOnly: false,
      }),
    );
  });

  test('what_stands_in_the_way_forbids_the_start_and_is_named', async () => {
    installMock('obstacle');
    renderApp('/project/p-shop-prod/drills');
    expect((await screen.findByTestId('drill-preflight')).textContent).toContain(
      'The extension postgis is not on this computer',
    );
    expect(screen.getByTestId('start-drill').hasAttribute('disabled')).toBe(true);
  });

  test('without_a_server_here_it_says_what_to_install', async () => {
    installMock('no_server');
    renderApp('/project/p-shop-prod/drills');
    expect(await screen.findByText(/Install the package postgresql-15/)).toBeTruthy();
  });
});

describe('words of drills', () => {
  test('a_part_is_never_called_the_whole', () => {
    expect(verdictSentence({ kind: 'full', verdict: 'pass', leftOut: 0 }, 'today 03:01')).toBe(
      'The backup of today 03:01 came back whole.',
    );
    expect(verdictSentence({ kind: 'data', verdict: 'pass', leftOut: 0 }, 'today 03:01')).toBe(
      'Data and keys of the backup of today 03:01 came back.',
    );
    expect(verdictSentence({ kind: 'sample', verdict: 'fail', leftOut: 0 }, 'today 03:01')).toBe(
      'The sample of the backup of today 03:01 did not come back as it should.',
    );
  });

  test('the_history_is_summed_up', () => {
    expect(historySentence(drills.filter((drill) => drill.kind === 'full'))).toBe(
      '12 drills: 10 passed, 1 inconclusive, 1 failed.',
    );
  });
});
