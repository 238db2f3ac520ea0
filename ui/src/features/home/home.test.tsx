import { screen, waitFor, within } from '@testing-library/react';
import { expect, test } from 'vitest';
import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock } from '../../ipc/mock';
import { manyHome, rows } from '../../ipc/mock/projects';
import { filterProjects, stateWords } from './words';

test('the answer is the heading, and what needs a person comes before the list', async () => {
  installMock('home');
  renderApp('/');
  await screen.findByRole('heading', { level: 1, name: 'Two projects need you.' });
  const needs = screen.getByRole('list', { name: 'What needs you' });
  expect(within(needs).getAllByRole('listitem')).toHaveLength(2);
});

test('the act of a need leads to what fixes it', async () => {
  installMock('home');
  const { router } = renderApp('/');
  await user.click(await screen.findByRole('button', { name: 'Fix the connection: delivery-ops' }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/project/p-delivery-ops/edit'));
});

test('each project says how many copies there are and where, and what is behind', async () => {
  installMock('home');
  renderApp('/');
  const copies = await screen.findAllByTestId('copies');
  expect(copies.map((cell) => cell.textContent)).toContain('2 of 3184 backups');
  const late = copies.find((cell) => cell.textContent.startsWith('2 of 3'));
  expect(late?.title).toMatch(
    /^The original, and the backups in “Anchor”\. Behind: Archive disk, Office NAS\.\nthe original on the server/,
  );
});

test('a screen with nothing wrong has no list of needs', async () => {
  installMock('well');
  renderApp('/');
  await screen.findByRole('heading', { name: 'All 4 projects are restorable.' });
  expect(screen.queryByTestId('needs')).toBeNull();
});

test('an empty home offers one project and the sample', async () => {
  installMock('empty');
  const { router } = renderApp('/');
  await screen.findByText('No project is connected.');
  await user.click(screen.getByTestId('try-sample'));
  await waitFor(() => expect(router.state.location.pathname).toBe('/run/j-running'));
});

test('without an answer nothing is called restorable', async () => {
  installMock('error');
  renderApp('/');
  await screen.findByRole('heading', { name: 'Holdfast cannot tell.' });
  expect(screen.getByRole('alert').textContent).toContain('catalog_failed');
});

test.each([
  ['gone', 'Vault “Anchor” is not where it was.'],
  ['key_missing', 'The key of vault “Anchor” is not on this computer.'],
])('a vault that is %s says what to do', async (scenario, title) => {
  installMock(scenario);
  renderApp('/');
  expect((await screen.findByTestId('vault-trouble')).textContent).toContain(title);
});

test('a thousand projects are filtered by their words', () => {
  expect(filterProjects(manyHome.projects, 'shop-prod 0004').map((row) => row.name)).toEqual([
    'shop-prod-0004',
  ]);
});

test('the words of a running project follow its progress', () => {
  const running = rows.find((row) => row.job !== null);
  if (running?.job)
    expect(stateWords({ ...running, job: { ...running.job, percent: 72.9 } })).toBe('Backing up, 72 %');
});
