import type { ProjectRow } from '../../ipc/bindings';
import { percent } from '../../shared/format';

const GOING_ON: Record<string, string> = {
  backup: 'Backing up',
  restore: 'Restoring',
  verify: 'Verifying',
  check: 'Checking',
  sample: 'Setting up',
};

/** The state of a project in words; the per cent of a running job moves faster than the answer. */
export function stateWords(row: ProjectRow): string {
  if (row.state !== 'running' || row.job === null) return row.stateWords;
  const verb = GOING_ON[row.job.kind];
  if (verb === undefined) return row.stateWords;
  return row.job.percent === null ? verb : `${verb}, ${percent(row.job.percent)}`;
}

/** Projects whose name, place or state holds the words of the filter. */
export function filterProjects(rows: readonly ProjectRow[], filter: string): readonly ProjectRow[] {
  const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const text = `${row.name} ${row.place} ${row.label} ${row.stateWords}`.toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
