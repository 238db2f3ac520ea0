import { screen, within } from '@testing-library/react';
import { describe, expect, test, vi } from 'vitest';

import { renderApp } from '../app/testing/renderApp';
import { user } from '../app/testing/user';
import { installMock } from '../ipc/mock';

const BILLING = 'create role "billing" nologin;';

async function copied(act: () => Promise<void>): Promise<string | undefined> {
  const write = vi.spyOn(navigator.clipboard, 'writeText').mockResolvedValue();
  await act();
  return write.mock.lastCall?.[0];
}

describe('SQL that takes away what stands in the way', () => {
  test('each_statement_of_a_plans_blockers_is_copied_by_itself_and_all_at_once', async () => {
    installMock('blocked');
    renderApp('/restore/b-shop-prod');
    for (const id of ['why-look', 'plan-next', 'plan-next', 'plan-next', 'plan-next'])
      await user.click(await screen.findByTestId(id));
    const blockers = within(await screen.findByTestId('plan-blockers'));
    expect(blockers.getByText('The role billing does not exist on that server.')).toBeTruthy();
    expect(blockers.getAllByTestId('copy-sql')).toHaveLength(2);
    expect(await copied(() => user.click(blockers.getAllByTestId('copy-sql')[0]!))).toBe(BILLING);
    expect(await copied(() => user.click(blockers.getByTestId('copy-all-sql')))).toBe(
      `${BILLING}\ncreate role "Reporting & Co" nologin;`,
    );
    expect(blockers.getByText(/pgvector 0.7/)).toBeTruthy();
  });

  test('the_preflight_of_a_drill_offers_its_statement_too', async () => {
    installMock('obstacle');
    renderApp('/project/p-shop-prod/drills');
    const preflight = within(await screen.findByTestId('drill-preflight'));
    expect(await copied(() => user.click(preflight.getByTestId('copy-sql')))).toBe(
      'alter role "holdfast_reader" createdb;',
    );
    expect(preflight.queryByTestId('copy-all-sql')).toBeNull();
  });
});
