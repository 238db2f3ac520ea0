import type { QueryClient } from '@tanstack/react-query';
import { COMMAND_TAGS, type Tag } from './bindings';
import { tellEvents, type CommandName } from './call';

// The one place where a change becomes a question: the engine says what changed, in this window, on the command
// line or by a schedule, and each answer that depends on it is asked for again.

/** An event that was told is here within this time; after it the event counts as lost. */
const HEARD_WITHIN_MS = 1000;

/** Nobody waits longer for answers that are asked for again: a platform may be slow. */
const ANSWERED_WITHIN_MS = 5000;

/** What a page has heard of changes. */
type Heard = {
  /** The number of the last change. */
  number: number;
  /** The questions that the changes so far led to. */
  asking: Promise<unknown>;
  /** Who waits for which change. */
  waiting: { number: number; go: () => void }[];
};

const heard = new WeakMap<QueryClient, Heard>();

function heardBy(client: QueryClient): Heard {
  const known = heard.get(client) ?? { number: 0, asking: Promise.resolve(), waiting: [] };
  heard.set(client, known);
  return known;
}

function isCommand(name: unknown): name is CommandName {
  return typeof name === 'string' && name in COMMAND_TAGS;
}

/** Marks every answer stale that depends on one of the tags, and asks again for those in sight. */
export function invalidateTags(client: QueryClient, tags: readonly Tag[]): Promise<void> {
  return client.invalidateQueries({
    predicate: ({ queryKey: [name] }) =>
      isCommand(name) && COMMAND_TAGS[name].some((tag) => tags.includes(tag)),
  });
}

/** Asks again where nobody can say that something changed: a disk that was plugged in, a keychain that was unlocked. */
export const lookAgain = (client: QueryClient) => invalidateTags(client, ['vault', 'setup']);

/** Marks every answer stale that depends on anything: it is not known what was missed. */
function invalidateAll(client: QueryClient): Promise<void> {
  return client.invalidateQueries({
    predicate: ({ queryKey: [name] }) => isCommand(name) && COMMAND_TAGS[name].length > 0,
  });
}

/** Takes in a change. One that does not follow the last one tells of others that were lost. */
export function changed(client: QueryClient, number: number, tags: readonly Tag[]): void {
  const known = heardBy(client);
  const isNext = known.number === 0 || number === known.number + 1;
  // A page that was loaded again hears of a shell that counts on.
  known.number = Math.max(known.number, number);
  known.asking = Promise.all([known.asking, isNext ? invalidateTags(client, tags) : invalidateAll(client)]);
  for (const one of known.waiting.filter((each) => each.number <= number)) one.go();
  known.waiting = known.waiting.filter((each) => each.number > number);
}

/** What happened before the page listened reached no answer of its own. */
export async function begin(client: QueryClient): Promise<void> {
  const known = heardBy(client);
  known.number = Math.max(known.number, await tellEvents());
}

const pause = (ms: number) => new Promise((go) => setTimeout(go, ms));

/** Until every answer in sight is newer than what has happened so far. */
export async function caughtUp(client: QueryClient): Promise<void> {
  const known = heardBy(client);
  const number = await tellEvents().catch(() => 0);
  if (known.number < number) {
    await Promise.race([
      new Promise<void>((go) => known.waiting.push({ number, go })),
      pause(HEARD_WITHIN_MS),
    ]);
  }
  if (known.number < number) {
    known.number = number;
    known.asking = Promise.all([known.asking, invalidateAll(client)]);
  }
  await Promise.race([known.asking, pause(ANSWERED_WITHIN_MS)]);
}
