import type { ConnectionView, TargetRequest } from '../../ipc/bindings';

export type Place = 'scratch' | 'own_server' | 'other_project' | 'other_server';

/** What the first step holds; the request is made of it. */
export interface TargetDraft {
  place: Place;
  /** Name of the database to create. */
  name: string;
  /** Id of the other project. */
  project: string | null;
  connection: ConnectionView | null;
  password: string;
}

/** Postgres cuts names after so many bytes (PostgreSQL docs, "Identifiers and Key Words"). */
const NAME_BYTES_MAX = 63;

/** A name for the new database that tells what it is. */
export function proposedName(project: string): string {
  const base = project
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return `${base.slice(0, NAME_BYTES_MAX - '_restored'.length) || 'database'}_restored`;
}

/** What is missing before a plan can be made; absent when nothing is. */
export function missing({ place, name, project, connection }: TargetDraft): string | null {
  if (place === 'scratch') return null;
  if (place === 'other_project' && project === null) return 'Choose the project whose server is meant.';
  if (place === 'other_server' && connection === null) return 'Paste how the server is reached.';
  if (name.trim() === '') return 'Name the database to create.';
  if (new TextEncoder().encode(name).length > NAME_BYTES_MAX) return `Postgres cuts names after ${NAME_BYTES_MAX} bytes; choose a shorter one.`;
  return null;
}

/** The request of the contract. */
export function requestOf(draft: TargetDraft): TargetRequest {
  const { place, name, project, connection, password } = draft;
  if (place === 'other_server' && connection) return { kind: 'other_server', name, connection, password: password === '' ? null : password };
  if (place === 'own_server') return { kind: 'new_database', name, project: null };
  if (place === 'other_project') return { kind: 'new_database', name, project };
  return { kind: 'scratch' };
}
