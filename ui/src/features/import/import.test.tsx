import { emit } from '@tauri-apps/api/event';
import { act, fireEvent, screen, waitFor, within } from '@testing-library/react';
import { expect, test, vi, beforeEach } from 'vitest';
import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock } from '../../ipc/mock';
import { inspection } from '../../ipc/mock/bundles';
import { importJob, pullJob } from '../../ipc/mock/pulls';
import { failedJob } from '../../ipc/mock/runs';
import { checksumOf, figures, levelCounts, proposedName } from './words';

beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
});

const at = (...paths: string[]) => `/import?paths=${encodeURIComponent(JSON.stringify(paths))}`;
const position = { x: 10, y: 10 };
const drag = (name: 'enter' | 'leave' | 'drop', ...paths: string[]) =>
  act(() => emit(`tauri://drag-${name}`, { paths, position }));
const text = () => document.body.textContent ?? '';

test('files dragged over any screen show where they can be dropped, and a drop looks at each of them', async () => {
  const { calls } = installMock('home');
  const { router } = renderApp('/activity');
  await screen.findByTestId('nav-import');
  await drag('enter', '/a/one.dump', '/a/two.sql');
  expect((await screen.findByTestId('drop-overlay')).textContent).toContain(
    'nothing is kept until you say so',
  );
  await drag('drop', '/a/one.dump', '/a/two.sql');
  await waitFor(() => expect(router.state.location.pathname).toBe('/import'));
  expect(screen.queryByTestId('drop-overlay')).toBeNull();
  await screen.findByTestId('file-report');
  expect(calls.filter((call) => call.name === 'bundle_inspect').map((call) => call.request)).toMatchObject([
    { paths: ['/a/one.dump'], passphrase: null },
    { paths: ['/a/two.sql'], passphrase: null },
  ]);
});

test('a table of a file opens to its rows, and nothing is kept', async () => {
  const { calls } = installMock('home');
  renderApp(at('/home/anna/Downloads/full.tar.gz'));
  await user.click(await screen.findByTestId('rows-of-public.orders'));
  const grid = await screen.findByRole('region', { name: 'Rows of public.orders' });
  expect(grid.querySelectorAll('tbody tr')).toHaveLength(100);
  expect(
    calls.map((call) => call.name).filter((name) => name !== 'bundle_rows' && name.startsWith('bundle')),
  ).toEqual(['bundle_inspect']);
});

test('leaving the window or Esc takes the overlay away and goes nowhere', async () => {
  installMock('home');
  const { router } = renderApp('/activity');
  await screen.findByTestId('nav-import');
  await drag('enter', '/a/one.dump');
  await drag('leave');
  expect(screen.queryByTestId('drop-overlay')).toBeNull();
  await drag('enter', '/a/one.dump');
  fireEvent.keyDown(window, { key: 'Escape' });
  expect(screen.queryByTestId('drop-overlay')).toBeNull();
  expect(router.state.location.pathname).toBe('/activity');
});

test('a drop beside an open dialog does not throw the dialog away', async () => {
  installMock('home');
  const { router } = renderApp('/project/p-chat-archive');
  await user.click(await screen.findByTestId('back-up-now'));
  await user.type(await screen.findByTestId('backup-reason'), 'half written');
  await drag('enter', '/a/one.dump');
  expect(screen.queryByTestId('drop-overlay')).toBeNull();
  await drag('drop', '/a/one.dump');
  expect(router.state.location.pathname).toBe('/project/p-chat-archive');
  expect(screen.getByTestId<HTMLInputElement>('backup-reason').value).toBe('half written');
});

test('the report says what the file is, what was found and how its parts stand', async () => {
  installMock('home');
  renderApp(at('/home/anna/Downloads/full.tar.gz'));
  await screen.findByRole('heading', { name: 'This is a full backup of “shop”, 7 days old.' });
  expect(screen.getByTestId('file-counts').textContent).toContain('11.9million');
  expect(text()).toContain('would run a program. It was not run');
  expect(text()).toContain('1 warning');
  expect(screen.getAllByText('matches')).toHaveLength(4);
  expect(screen.queryByText('public.table_3')).toBeNull();
  await user.click(screen.getByTestId('all-tables'));
  expect(await screen.findByText('public.table_3')).toBeTruthy();
});

test('a wrong passphrase is said at its field, and the right one opens the file and is sent with the import', async () => {
  const { calls } = installMock('home');
  renderApp(at('/a/full.tar.gz.enc'));
  await user.type(await screen.findByTestId('passphrase'), 'wrong');
  await user.click(screen.getByTestId('open-with-passphrase'));
  await screen.findByText(/The passphrase does not open full\.tar\.gz\.enc\./);
  expect(screen.queryByTestId('error-panel')).toBeNull();
  await user.clear(screen.getByTestId('passphrase'));
  await user.type(screen.getByTestId('passphrase'), 'fitting');
  await user.click(screen.getByTestId('open-with-passphrase'));
  await user.click(await screen.findByTestId('keep-file'));
  await user.click(await screen.findByTestId('keep-start'));
  await waitFor(() => expect(calls.some((call) => call.name === 'bundle_import')).toBe(true));
  expect(calls.find((call) => call.name === 'bundle_import')?.request).toMatchObject({
    paths: ['/a/full.tar.gz.enc'],
    passphrase: 'fitting',
    into: 'p-shop-prod',
    asProject: null,
  });
});

test('no passphrase stays among the answers that are kept', async () => {
  installMock('home');
  const { client } = renderApp(at('/a/full.tar.gz.enc'));
  await user.type(await screen.findByTestId('passphrase'), 'fitting-secret');
  await user.click(screen.getByTestId('open-with-passphrase'));
  await screen.findByTestId('file-report');
  const known = JSON.stringify(
    client
      .getQueryCache()
      .getAll()
      .map((query) => [query.queryKey, query.state.data]),
  );
  expect(known).not.toContain('fitting-secret');
  await waitFor(() =>
    expect(
      JSON.stringify(
        client
          .getMutationCache()
          .getAll()
          .map((mutation) => mutation.state.variables) ?? [],
      ),
    ).not.toContain('fitting-secret'),
  );
});

test('one refused file says what was seen and does not hide the others', async () => {
  installMock('home');
  renderApp(at('/a/hostile.tar', '/a/logs.tar.gz'));
  const panel = await screen.findByTestId('error-panel');
  expect(panel.textContent).toContain('.bashrc');
  expect(panel.textContent).toContain('archive_hostile');
  expect(text()).toContain('nothing of it was unpacked, run or kept');
  expect(screen.queryByTestId('keep-file')).toBeNull();
  await user.click(
    within(screen.getByRole('navigation', { name: '2 files to look at' })).getByRole('button', {
      name: /logs\.tar\.gz/,
    }),
  );
  await screen.findByRole('heading', { name: 'These are logs of “shop” of one day.' });
});

test('a file without a database can be kept, and offers neither a restore nor a drill', async () => {
  installMock('home');
  renderApp(at('/a/logs.tar.gz'));
  await screen.findByTestId('keep-file');
  expect(screen.queryByTestId('file-look')).toBeNull();
  expect(screen.queryByTestId('file-drill')).toBeNull();
  expect(text()).toContain('There is no database in it');
});

test('what is no backup cannot be kept, and says why', async () => {
  installMock('home');
  renderApp(at('/a/photo.jpg'));
  await screen.findByText('It cannot be kept.');
  expect(screen.queryByTestId('keep-file')).toBeNull();
});

test('keeping can make a new project, and a person has to name it', async () => {
  const { calls } = installMock('home');
  renderApp(at('/a/full.tar.gz'));
  await user.click(await screen.findByTestId('keep-file'));
  await user.click(await screen.findByTestId('keep-new'));
  await user.clear(screen.getByTestId('keep-name'));
  expect(screen.getByTestId<HTMLButtonElement>('keep-start').disabled).toBe(true);
  expect(text()).toContain('Name the project.');
  await user.type(screen.getByTestId('keep-name'), 'old shop');
  await user.click(screen.getByTestId('keep-start'));
  await screen.findByTestId('kept');
  expect(calls.find((call) => call.name === 'bundle_import')?.request).toMatchObject({
    into: null,
    asProject: 'old shop',
  });
});

test('looking inside keeps the file first, follows the run, and then begins at the private copy', async () => {
  let job = { ...pullJob, row: { ...pullJob.row, id: 'j-import' } };
  const { calls } = installMock('home', { job_show: () => job });
  const { router, client } = renderApp(at('/a/full.tar.gz'));
  await user.click(await screen.findByTestId('file-look'));
  await user.click(await screen.findByTestId('keep-start'));
  await screen.findByTestId('keeping');
  expect(router.state.location.pathname).toBe('/import');
  job = importJob;
  await act(() => client.invalidateQueries({ queryKey: ['job_show'] }));
  await waitFor(() => expect(router.state.location.pathname).toBe('/restore/b-shop-prod'));
  expect((await screen.findByTestId<HTMLInputElement>('target-scratch')).checked).toBe(true);
  expect(calls.some((call) => call.name === 'restore_plan' || call.name === 'restore_apply')).toBe(false);
});

test('a file that could not be kept leads to no restore', async () => {
  installMock('home', {
    job_show: () => ({ ...failedJob, row: { ...failedJob.row, id: 'j-import', kind: 'import' } }),
  });
  const { router } = renderApp(at('/a/full.tar.gz'));
  await user.click(await screen.findByTestId('file-new'));
  await user.click(await screen.findByTestId('keep-start'));
  expect((await screen.findByTestId('error-panel')).textContent).toContain('It was not kept.');
  expect(router.state.location.pathname).toBe('/import');
});

test('a file that is in the vault already is not kept twice', async () => {
  installMock('home');
  renderApp(at('/a/kept.tar.gz'));
  expect((await screen.findByTestId('open-kept')).getAttribute('href')).toContain('/backup/b-shop-prod');
  expect(screen.getByTestId('next-new').getAttribute('href')).toContain('into=new');
});

test('a file can be looked at before there is a vault, and keeping it asks for one', async () => {
  installMock('welcome');
  const { router } = renderApp('/welcome');
  await user.click(await screen.findByTestId('choice-file'));
  await user.click(await screen.findByTestId('open-file'));
  await screen.findByTestId('file-report');
  expect(router.state.location.pathname).toBe('/import');
  expect((await screen.findByText('Make a vault')).closest('[href]')?.getAttribute('href')).toContain(
    '/welcome',
  );
});

test('a closed dialog opens nothing', async () => {
  const { calls } = installMock('home', { file: null });
  renderApp('/import');
  await user.click(await screen.findByTestId('open-file'));
  expect(calls.some((call) => call.name === 'pick_files')).toBe(true);
  expect(calls.some((call) => call.name === 'bundle_inspect')).toBe(false);
});

test('words: what could not be counted is said, and a checksum nobody knows shows nothing', () => {
  expect(figures({ ...inspection, rows: null }).find((figure) => figure.name === 'Rows')).toMatchObject({
    value: 'not counted',
  });
  expect(figures({ ...inspection, tables: [] })[0]).toMatchObject({ name: 'Tables', value: 'not listed' });
  expect(levelCounts(inspection.findings).map((each) => each.words)).toEqual([
    '4 good',
    '1 warning',
    '1 danger',
  ]);
  expect(checksumOf({ ...inspection.parts[0]!, checksum: 'odd' }).state).toBe('inconclusive');
  expect(proposedName({ ...inspection, project: null, name: 'shop.tar.gz.enc' })).toBe('shop');
});
