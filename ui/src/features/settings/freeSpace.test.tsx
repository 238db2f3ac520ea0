import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock, type Call } from '../../ipc/mock';

const requests = (calls: readonly Call[], name: string) =>
  calls.filter((call) => call.name === name).map((call) => call.request);
const plan = {
  seen: 'one',
  unusedPercentMax: 5,
  snapshots: 3,
  kept: { packs: 1, bytes: 9 },
  repacked: { packs: 0, bytes: 0 },
  removed: { packs: 0, bytes: 0 },
  leftover: { packs: 0, bytes: 0 },
  copiedBytes: 0,
  freedBytes: 0,
  unusedBytes: 0,
  isEmpty: true,
};

test('what would become free is said first, and freed as it was planned', async () => {
  const { calls } = installMock('home');
  renderApp('/settings');
  await user.click(await screen.findByTestId('free-space'));
  expect((await screen.findByTestId('freed')).textContent).toBe('3.81 GB become free');
  expect(requests(calls, 'vault_prune')).toEqual([]);
  await waitFor(() => expect(screen.getByTestId('prune-confirm').hasAttribute('disabled')).toBe(false));
  await user.click(screen.getByTestId('prune-confirm'));
  await waitFor(() => expect(requests(calls, 'vault_prune')).toMatchObject([{ unusedPercentMax: 5 }]));
});

test('where nothing can be freed there is no act', async () => {
  installMock('home', { vault_prune_plan: () => plan });
  renderApp('/settings');
  await user.click(await screen.findByTestId('free-space'));
  expect((await screen.findByTestId('freed')).textContent).toBe('There is nothing to free');
  expect(screen.queryByTestId('prune-confirm')).toBeNull();
});

test('a refusal is said in words, and a vault that changed is looked at again', async () => {
  const asked = { plans: 0 };
  installMock('home', {
    vault_prune_plan: () => {
      asked.plans += 1;
      return { ...plan, isEmpty: false, freedBytes: 1000, seen: `plan ${asked.plans}` };
    },
    vault_prune: ({ seen }) => {
      if (seen === 'plan 1')
        throw {
          code: 'plan_stale',
          message: 'the vault is not as it was',
          hint: null,
          retry: 'after_fix',
          reportId: '1',
        };
      throw {
        code: 'vault_locked',
        message: 'a job of this profile writes to the vault',
        hint: 'Wait for its end.',
        retry: 'now',
        reportId: '2',
      };
    },
  });
  renderApp('/settings');
  await user.click(await screen.findByTestId('free-space'));
  await waitFor(() => expect(screen.getByTestId('prune-confirm').hasAttribute('disabled')).toBe(false));
  await user.click(screen.getByTestId('prune-confirm'));
  expect(await screen.findByText('The vault changed since you looked.')).toBeTruthy();
  await waitFor(() => expect(screen.getByTestId('prune-confirm').hasAttribute('disabled')).toBe(false));
  await user.click(screen.getByTestId('prune-confirm'));
  expect((await within(screen.getByRole('dialog')).findByTestId('error-panel')).textContent).toContain(
    'Wait for its end.',
  );
});
