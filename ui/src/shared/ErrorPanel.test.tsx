import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { expect, test, vi } from 'vitest';
import { user } from '../app/testing/user';
import type { UserError } from '../ipc/bindings';
import { CommandError } from '../ipc/call';
import { ErrorPanel } from './ErrorPanel';

const refused: UserError = {
  code: 'wrong_key',
  message: 'the key does not open this vault',
  hint: 'Type it as the `kit` shows it.',
  retry: 'after_fix',
  reportId: '7f3a91c2',
};
const show = (error: unknown, onRetry?: () => void) =>
  render(
    <MantineProvider>
      <ErrorPanel error={error} onRetry={onRetry} />
    </MantineProvider>,
  );

test('it says what happened, what to do, the code and the report', () => {
  show(new CommandError(refused));
  const panel = screen.getByRole('alert');
  expect(panel.textContent).toContain('This key does not open the vault.');
  expect(panel.textContent).toContain('The key does not open this vault.');
  expect(panel.textContent).toContain('wrong_key');
  expect(panel.textContent).toContain('7f3a91c2');
  expect(screen.getByText('kit').tagName).toBe('CODE');
});

test('a code that is not known is shown by its message alone', () => {
  show({ ...refused, code: 'something_new' });
  expect(screen.getByRole('alert', { name: 'The key does not open this vault.' })).toBeTruthy();
});

test('it offers to try again only where that may help', async () => {
  const again = vi.fn();
  const { unmount } = show({ ...refused, retry: 'now' }, again);
  await user.click(screen.getByRole('button', { name: 'Try again' }));
  expect(again).toHaveBeenCalledOnce();
  unmount();
  show({ ...refused, retry: 'never' }, again);
  expect(screen.queryByRole('button', { name: 'Try again' })).toBeNull();
});

test('a failure of the window itself is shown like any other', () => {
  show(new Error('boom'));
  expect(screen.getByRole('alert').textContent).toContain('window_failed');
});
