import { beforeEach, expect, test } from 'vitest';
import type { HomeView, JobView } from './bindings';
import { call, CommandError } from './call';
import { commandQuery, createQueryClient, invalidateTags } from './client';
import { applyEvent } from './events';
import { installMock } from './mock';
import { runningJob } from './mock/runs';

beforeEach(() => {
  installMock('home');
});

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
