import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock } from '../../ipc/mock';
import { plotsOf } from '../../ipc/mock/health';
import { rows } from '../../ipc/mock/projects';
import { filterFindings, recoveryPoints, recoverySentence, sizePoints, sizeSentence, thinned } from './words';

const [row] = rows;
if (!row) throw new Error('the fixtures have no project');

test('the answer is the heading, and the worst comes first', async () => {
  installMock('home');
  renderApp('/health');
  await screen.findByRole('heading', { level: 1, name: 'Two things are wrong.' });
  const headings = screen.getAllByRole('heading', { level: 2 }).map((heading) => heading.textContent);
  expect(headings.slice(0, 2)).toEqual(['Wrong now', 'Cannot be told']);
});

test('the act of a finding starts what it names', async () => {
  const { calls } = installMock('home');
  const { router } = renderApp('/health');
  await user.click(await screen.findByRole('button', { name: 'Back up now: delivery-ops' }));
  await waitFor(() => expect(router.state.location.pathname).toMatch(/^\/run\//));
  expect(calls.find((call) => call.name === 'backup_start')?.request).toEqual({
    project: 'p-delivery-ops',
    reason: null,
  });
});

test('a finding says when it was told and where, and copies who declared what', async () => {
  installMock('home');
  renderApp('/health');
  const finding = (await screen.findAllByTestId('finding-rows'))[0] as HTMLElement;
  expect(within(finding).getByTestId('told').textContent).toMatch(
    /^Told .*: Desktop \(.*\), ops \(waits\)\.$/,
  );
  const copies = (await screen.findAllByTestId('finding-copies'))[0] as HTMLElement;
  expect(within(copies).queryByTestId('told')).toBeNull();
  await user.click(within(copies).getByRole('button', { name: 'Where they are, and who declared it' }));
  expect(
    within(copies).getByText(
      /^Anchor on this computer, declared to be in the same place on .* by anna: counts\.$/,
    ),
  ).toBeTruthy();
});

test('tables that stand out lead to the two backups, and a person can say that it is meant', async () => {
  const { calls } = installMock('home');
  const { router } = renderApp('/health');
  const finding = (await screen.findAllByTestId('finding-rows'))[0] as HTMLElement;
  expect(within(finding).getByText(/empty table/)).toBeTruthy();
  await user.click(within(finding).getByRole('button', { name: /^All 3/ }));
  expect(within(finding).getByText('public.coupons: gone, 88 rows before')).toBeTruthy();
  await user.click(within(finding).getByRole('button', { name: 'It is meant' }));
  await waitFor(() => expect(calls.some((call) => call.name === 'health_accept')).toBe(true));
  await user.click(within(finding).getByRole('button', { name: /^Compare the two/ }));
  await waitFor(() => expect(router.state.location.pathname).toMatch(/^\/compare\//));
});

test('what is well is one quiet line that opens', async () => {
  installMock('well');
  renderApp('/health');
  await screen.findByRole('heading', { level: 1, name: 'All is well.' });
  expect(screen.queryByTestId('finding-kit')).toBeNull();
  await user.click(screen.getByTestId('well'));
  expect(screen.getByTestId('finding-kit').textContent).toContain('saved 40 d 2 h ago');
});

test('one project is looked at alone', async () => {
  installMock('home');
  renderApp('/health?project=p-delivery-ops');
  await screen.findByRole('heading', { level: 1, name: 'One thing is wrong.' });
  expect(screen.queryByText('What a copy elsewhere would cost')).toBeNull();
});

test('without an answer nothing is called well', async () => {
  installMock('error');
  renderApp('/health');
  await screen.findByRole('heading', { name: 'Holdfast cannot tell.' });
});

test('an empty profile says that nothing is protected', async () => {
  installMock('empty');
  renderApp('/health');
  await screen.findByRole('heading', { level: 1, name: 'Nothing is protected yet.' });
});

test('every plot is also a table', async () => {
  installMock('home');
  renderApp('/health');
  for (const button of await screen.findAllByRole('button', { name: 'Show as table' }))
    await user.click(button);
  for (const name of [
    'Recovery point',
    'Size of each backup',
    'Added to the vault',
    'Time of drills',
    'Rows of',
  ]) {
    const table = screen.getByRole('region', { name: `${name} as a table` });
    expect(within(table).getAllByRole('row').length).toBeGreaterThan(2);
  }
});

test('a thousand projects are filtered by their words', async () => {
  installMock('many');
  renderApp('/health');
  await user.type(await screen.findByRole('textbox', { name: 'Filter the findings' }), 'zzz');
  await screen.findByText('Nothing has these words.');
});

test('the sawtooth falls with each backup and rings what was missed', () => {
  const plots = plotsOf(row, 30, null);
  const points = recoveryPoints(plots);
  expect(points.filter((point) => point.odd !== undefined)).toHaveLength(1);
  expect(points[2]?.value).toBe(0);
  expect(recoverySentence(plots)).toMatch(/once$/);
});

test('the odd size is ringed, and only the newest one is named', () => {
  const plots = plotsOf(row, 30, null);
  const points = sizePoints(plots);
  expect(points.filter((point) => point.odd !== undefined).map((point) => point.odd)).toEqual([
    expect.stringContaining('18 % smaller than expected'),
  ]);
  expect(sizeSentence(plots)).toBe('as expected but for one');
  const twice = thinned(points.map((point, index) => (index === 9 ? { ...point, odd: 'earlier' } : point)));
  expect(twice[9]?.odd).toBe('');
});

test('findings are found by what they name', () => {
  const all = [
    { title: 'Rows', subject: 'shop', what: 'x', why: '', details: ['public.coupons: gone'] },
  ] as unknown as Parameters<typeof filterFindings>[0];
  expect(filterFindings(all, 'COUPONS shop')).toHaveLength(1);
  expect(filterFindings(all, 'orders')).toHaveLength(0);
});
