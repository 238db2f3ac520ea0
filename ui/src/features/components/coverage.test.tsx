import { screen, within } from '@testing-library/react';
import { expect, test } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock } from '../../ipc/mock';

async function opened(scenario: Parameters<typeof installMock>[0]) {
  const { calls } = installMock(scenario);
  renderApp('/project/p-shop-prod?tab=components');
  return { calls, coverage: within(await screen.findByTestId('coverage')) };
}

test('what_is_missing_is_counted_and_named_and_added_with_what_was_found', async () => {
  const { calls, coverage } = await opened('home');
  expect((await coverage.findByTestId('coverage-sentence')).textContent).toBe(
    'Three of six parts are not in the backup yet.',
  );
  expect(coverage.getByTestId('coverage-sum').textContent).toBe('3 of 6');
  const redis = within(coverage.getByTestId('lacking-redis:shop-cache'));
  await user.click(redis.getByTestId('add-lacking'));
  const dialog = within(await screen.findByRole('dialog'));
  expect((dialog.getByTestId('redis-url') as HTMLInputElement).value).toBe('redis://localhost:6379');
  await user.click(dialog.getByTestId('add-component'));
  expect(calls.find((call) => call.name === 'component_add')?.request).toMatchObject({
    place: { kind: 'redis', url: 'redis://localhost:6379', container: 'shop-cache' },
  });
});

test('what_nobody_wants_is_said_and_can_be_wanted_again', async () => {
  const { coverage } = await opened('home');
  const logs = within(await coverage.findByTestId('lacking-logs:containers'));
  await user.click(logs.getByTestId('give-up'));
  expect((await coverage.findByTestId('unwanted-logs:containers')).textContent).toContain(
    'Logs is not wanted',
  );
  expect(coverage.getByTestId('coverage-sentence').textContent).toBe(
    'Two of six parts are not in the backup yet.',
  );
  await user.click(coverage.getByRole('button', { name: /Want Logs again/ }));
  expect(await coverage.findByTestId('lacking-logs:containers')).toBeTruthy();
});

test('where_all_is_taken_that_is_said_and_nothing_asks_for_anything', async () => {
  const { coverage } = await opened('well');
  expect((await coverage.findByTestId('coverage-sentence')).textContent).toBe(
    'Everything that was found is in the backup.',
  );
  expect(coverage.queryByTestId('give-up')).toBeNull();
});
