import { QueryObserver } from '@tanstack/react-query';
import { emit } from '@tauri-apps/api/event';
import { beforeEach, expect, test } from 'vitest';
import { EVENT_NAME, type Event, type HomeView, type JobRow, type JobView } from './bindings';
import { call, CommandError } from './call';
import { commandQuery, createQueryClient } from './client';
import { applyEvent, listenToEvents } from './events';
import { installMock } from './mock';
import { runningJob } from './mock/runs';
import { caughtUp, invalidateTags } from './stale';

let calls: { name: string }[];
beforeEach(() => {
  ({ calls } = installMock('home'));
});

const asked = (name: string) => calls.filter((one) => one.name === name).length;
const tell = (event: Event) => emit(EVENT_NAME, event);

test('a failure of a command arrives with its code', async () => {
  const failure = await call('vault_open', { path: '/x', key: 'short' }).catch((error: unknown) => error);
  expect(failure).toBeInstanceOf(CommandError);
  expect(failure).toMatchObject({ code: 'wrong_key', reportId: '4c1e77d0' });
});

test('progress moves the answers that are here, and asks for nothing', async () => {
  const client = createQueryClient();
  await client.fetchQuery(commandQuery('home', {}));
  applyEvent(client, { kind: 'progress', job: { ...runningJob, row: { ...runningJob.row, percent: 77 } } });
  expect(
    client.getQueryData<HomeView>(['home', {}])?.projects.find((row) => row.name === 'shop-prod')?.job
      ?.percent,
  ).toBe(77);
  expect(client.getQueryData<JobView>(['job_show', { job: 'j-running' }])?.row.percent).toBe(77);
});

test('a tag makes stale what depends on it, and nothing else', async () => {
  const client = createQueryClient();
  await client.fetchQuery(commandQuery('home', {}));
  await client.fetchQuery(commandQuery('tool_list', {}));
  await invalidateTags(client, ['backups']);
  expect(client.getQueryState(['home', {}])?.isInvalidated).toBe(true);
  expect(client.getQueryState(['tool_list', {}])?.isInvalidated).toBe(false);
});

test('a hundred events of a run ask for nothing', async () => {
  const client = createQueryClient();
  const stop = listenToEvents(client, () => undefined);
  const seen = [commandQuery('home', {}), commandQuery('job_show', { job: 'j-running' })] as const;
  for (const query of seen) await client.fetchQuery(query as never);
  await client.fetchQuery(commandQuery('job_list', { project: null, limit: 100 }));
  const before = calls.length;
  for (let percent = 0; percent < 100; percent += 1)
    await tell({ kind: 'progress', job: { ...runningJob, row: { ...runningJob.row, percent } } });
  expect(calls.length - before).toBe(0);
  const rows = client.getQueryData<JobRow[]>(['job_list', { project: null, limit: 100 }]);
  expect(rows?.find((row) => row.id === 'j-running')?.percent).toBe(99);
  stop();
});

test('a command is over for the page once what it changed was asked for again', async () => {
  const client = createQueryClient();
  const stop = listenToEvents(client, () => undefined);
  const watching = new QueryObserver(client, commandQuery('home', {})).subscribe(() => undefined);
  await client.fetchQuery(commandQuery('home', {}));
  const before = asked('home');
  const done = client.getMutationCache().build(client, {
    mutationKey: ['schedule_pause_all'],
    mutationFn: () => call('schedule_pause_all', { untilMs: null }),
  });
  await done.execute(undefined);
  expect(asked('home')).toBe(before + 1);
  expect(client.getQueryData<HomeView>(['home', {}])?.paused).not.toBeNull();
  watching();
  stop();
});

test('a change that was told and not heard makes everything stale', async () => {
  const client = createQueryClient();
  const stop = listenToEvents(client, () => undefined);
  await client.fetchQuery(commandQuery('tool_list', {}));
  await caughtUp(client);
  await tell({ kind: 'changed', number: 7, tags: ['backups'] });
  expect(client.getQueryState(['tool_list', {}])?.isInvalidated).toBe(false);
  await tell({ kind: 'changed', number: 9, tags: ['backups'] });
  expect(client.getQueryState(['tool_list', {}])?.isInvalidated).toBe(true);
  stop();
});

test('only one place makes answers stale', () => {
  const sources: Record<string, string> = import.meta.glob(
    ['../{app,features,shared}/**/*.{ts,tsx}', '!../**/*.test.*'],
    {
      query: '?raw',
      import: 'default',
      eager: true,
    },
  );
  const byHand = Object.entries(sources).filter(([, text]) =>
    /invalidateQueries|invalidateTags|resetQueries|removeQueries|refetchQueries/.test(text),
  );
  expect(Object.keys(sources).length).toBeGreaterThan(100);
  expect(byHand.map(([path]) => path)).toEqual([]);
});
