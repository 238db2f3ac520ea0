import { listen } from '@tauri-apps/api/event';
import type { QueryClient } from '@tanstack/react-query';
import {
  EVENT_NAME,
  type Event,
  type HomeView,
  type JobRow,
  type JobView,
  type ProjectRow,
  type ProjectView,
} from './bindings';
import { begin, changed } from './stale';

const ENDED = new Set(['succeeded', 'failed', 'cancelled', 'interrupted']);

function patchRow(row: ProjectRow, job: JobView): ProjectRow {
  if (row.job?.id !== job.row.id) return row;
  return { ...row, job: { ...row.job, percent: job.row.percent } };
}

// Progress arrives ten times a second: it is written into the answers that are already here
// instead of asking for them again. What a finished job changes arrives as `changed`.
function applyProgress(client: QueryClient, job: JobView): void {
  client.setQueryData<JobView>(['job_show', { job: job.row.id }], job);
  client.setQueriesData<JobRow[]>({ queryKey: ['job_list'] }, (rows) =>
    rows?.map((row) => (row.id === job.row.id ? job.row : row)),
  );
  if (ENDED.has(job.row.state)) return;
  client.setQueriesData<HomeView>(
    { queryKey: ['home'] },
    (home) => home && { ...home, projects: home.projects.map((row) => patchRow(row, job)) },
  );
  client.setQueriesData<ProjectRow[]>({ queryKey: ['project_list'] }, (rows) =>
    rows?.map((row) => patchRow(row, job)),
  );
  client.setQueriesData<ProjectView>(
    { queryKey: ['project_show'] },
    (view) => view && { ...view, row: patchRow(view.row, job) },
  );
}

/** Applies one event to the answers that are here. */
export function applyEvent(client: QueryClient, event: Event): void {
  if (event.kind === 'changed') changed(client, event.number, event.tags);
  else if (event.kind === 'progress') applyProgress(client, event.job);
}

/** Listens to the shell for as long as the window lives; the answer stops it. `openRun` shows the page of a run. */
export function listenToEvents(client: QueryClient, openRun: (id: string) => void): () => void {
  const stopping = listen<Event>(EVENT_NAME, ({ payload }) => {
    if (payload.kind === 'open_run') openRun(payload.jobId);
    else applyEvent(client, payload);
  });
  // Without an answer the first change that is heard counts as the first.
  void stopping.then(() => begin(client)).catch(() => undefined);
  return () => void stopping.then((stop) => stop());
}
