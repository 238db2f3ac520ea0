import { screen, waitFor } from '@testing-library/react';
import { beforeEach, expect, test, vi } from 'vitest';
import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock } from '../../ipc/mock';

beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
});

const at = (...paths: string[]) => `/import?paths=${encodeURIComponent(JSON.stringify(paths))}`;
const lookOf = (calls: { name: string; request: unknown }[], name: string, index = 0) =>
  (calls.filter((call) => call.name === name)[index]?.request as { look: string } | undefined)?.look;

test('a look at a large file says how far it is, is cancelled, and can be had again', async () => {
  const { calls } = installMock('home');
  renderApp(at('/a/slow.tar.gz'));
  await waitFor(() => expect(screen.getByTestId('look-share').textContent).toBe('41 %'));
  expect(screen.getByTestId('look-figures').textContent).toContain('1.28 of 3.11 GB read');
  expect(screen.getByRole('progressbar', { name: 'Reading slow.tar.gz' }).getAttribute('aria-valuenow')).toBe(
    '41',
  );
  await user.click(screen.getByTestId('look-cancel'));
  expect(await screen.findByText('You stopped the look.')).toBeTruthy();
  expect(lookOf(calls, 'bundle_inspect_stop')).toBe(lookOf(calls, 'bundle_inspect'));
  expect(screen.queryByTestId('error-panel')).toBeNull();
  await user.click(screen.getByTestId('look-again'));
  await screen.findByTestId('look-cancel');
  expect(lookOf(calls, 'bundle_inspect', 1)).not.toBe(lookOf(calls, 'bundle_inspect'));
});

test('leaving the page ends the reading of its file', async () => {
  const { calls } = installMock('home');
  const { router } = renderApp(at('/a/slow.tar.gz'));
  await screen.findByTestId('look-cancel');
  await router.navigate({ to: '/activity' });
  await waitFor(() => expect(lookOf(calls, 'bundle_inspect_stop')).toBe(lookOf(calls, 'bundle_inspect')));
});

test('one look of several that was cancelled does not end the others', async () => {
  const { calls } = installMock('home');
  renderApp(at('/a/slow.tar.gz', '/a/full.tar.gz'));
  await user.click(await screen.findByTestId('look-cancel'));
  await screen.findByTestId('look-stopped');
  expect(screen.getByText('was not read to its end')).toBeTruthy();
  await user.click(screen.getByTitle('/a/full.tar.gz'));
  await screen.findByTestId('file-report');
  expect(calls.filter((call) => call.name === 'bundle_inspect_stop')).toHaveLength(1);
});

test('opening an encrypted file says how far it is and is cancelled without losing what was typed', async () => {
  const { calls } = installMock('home');
  renderApp(at('/a/sealed.tar.gz.enc'));
  await user.type(await screen.findByTestId('passphrase'), 'slow sesame');
  await user.click(screen.getByTestId('open-with-passphrase'));
  await waitFor(() => expect(screen.getByTestId('look-share').textContent).toBe('41 %'));
  await user.click(screen.getByTestId('look-cancel'));
  expect(await screen.findByTestId('opening-stopped')).toBeTruthy();
  expect(screen.getByTestId<HTMLInputElement>('passphrase').value).toBe('slow sesame');
  expect(lookOf(calls, 'bundle_inspect_stop')).toBe(lookOf(calls, 'bundle_inspect', 1));
});
