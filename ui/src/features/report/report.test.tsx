import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, test } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { installMock } from '../../ipc/mock';
import { lastQuarter, lastYear, momentsOf, thisQuarter } from './period';

describe('the report for an auditor', () => {
  test('it_is_reached_from_the_audit_and_shows_exceptions_with_their_times', async () => {
    installMock('home');
    renderApp('/audit');
    await userEvent.click(await screen.findByTestId('open-report'));
    expect((await screen.findByTestId('paper-headline')).textContent).toContain(
      '1 of 2 projects met their goals',
    );
    const rows = within(screen.getByTestId('table-exceptions')).getAllByRole('row');
    expect(rows).toHaveLength(4);
    expect(rows[1]?.textContent).toContain('lasted 5 h 40 min');
  });

  test('other_days_are_asked_for_as_whole_days_and_a_period_that_ends_before_it_begins_is_not', async () => {
    const { calls } = installMock('home');
    renderApp('/audit/report');
    await userEvent.click(await screen.findByText('Other days'));
    const from = await screen.findByTestId('report-from');
    const to = screen.getByTestId('report-to');
    await userEvent.clear(from);
    await userEvent.type(from, '2026-03-01');
    await userEvent.clear(to);
    await userEvent.type(to, '2026-03-31');
    const moments = momentsOf({ from: '2026-03-01', to: '2026-03-31' });
    await waitFor(() =>
      expect(calls.filter((call) => call.name === 'report_preview').at(-1)?.request).toEqual({
        ...moments,
        projects: [],
      }),
    );
    await userEvent.clear(to);
    await userEvent.type(to, '2026-02-01');
    expect(await screen.findByText('Let the period end after it begins.')).toBeTruthy();
    expect(screen.getByTestId('save-report')).toHaveProperty('disabled', true);
  });

  test('it_is_saved_as_a_page_and_as_tables', async () => {
    const { calls } = installMock('home', { folder: '/srv/audit' });
    renderApp('/audit/report');
    await userEvent.click(await screen.findByTestId('save-report'));
    await userEvent.click(await screen.findByTestId('save-report-html'));
    await waitFor(() =>
      expect(calls.find((call) => call.name === 'report_save')?.request).toMatchObject({
        form: 'html',
        path: expect.stringMatching(/report-\d{4}-\d\d-\d\d-to-\d{4}-\d\d-\d\d\.html$/),
      }),
    );
    await userEvent.click(screen.getByTestId('save-report'));
    await userEvent.click(await screen.findByTestId('save-report-csv'));
    await waitFor(() =>
      expect(calls.filter((call) => call.name === 'report_save').at(-1)?.request).toMatchObject({
        form: 'csv',
        path: '/srv/audit',
      }),
    );
    expect(await screen.findByText('2 files written.')).toBeTruthy();
  });

  test('a_report_that_could_not_be_made_says_so', async () => {
    installMock('error');
    renderApp('/audit/report');
    expect(await screen.findByText('The report could not be made.')).toBeTruthy();
  });

  test('periods_are_whole_days', () => {
    const now = new Date(2026, 10, 22, 15);
    expect(lastQuarter(now)).toEqual({ from: '2026-07-01', to: '2026-09-30' });
    expect(lastQuarter(new Date(2026, 0, 1))).toEqual({ from: '2025-10-01', to: '2025-12-31' });
    expect(thisQuarter(now)).toEqual({ from: '2026-10-01', to: '2026-11-22' });
    expect(lastYear(now)).toEqual({ from: '2025-11-23', to: '2026-11-22' });
    const march = momentsOf({ from: '2026-03-01', to: '2026-03-01' })!;
    expect(march.untilMs - march.fromMs).toBe(24 * 3_600_000);
    expect(momentsOf({ from: '2026-03-02', to: '2026-03-01' })).toBeNull();
    expect(momentsOf({ from: '', to: '' })).toBeNull();
  });
});
