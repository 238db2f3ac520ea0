import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { CommandName } from '../call';
import { handlersOf, type Handlers } from './index';
import { REQUESTS } from './requests';
import { SCENARIOS } from './scenario';

// Every answer of the fixtures, as JSON. The tests of `contract` read these files into the Rust types and want the
// same back: a figure, word or code that the engine could not give fails there.

/** Rows of one list are made by one function: the first ones show what it makes. */
const ROWS_MAX = 12;
const FOLDER = join(dirname(fileURLToPath(import.meta.url)), 'answers');

type Given = { command: string; request: unknown; answer?: unknown; error?: unknown };

/** As it would cross, and with the first rows of its lists alone. */
function crossed(value: unknown): unknown {
  const short = (_: string, one: unknown) => (Array.isArray(one) ? one.slice(0, ROWS_MAX) : one);
  return value === undefined ? null : JSON.parse(JSON.stringify(value, short));
}

/** What a scenario answers; whatever it throws is a failure, or a mistake of the fixtures. */
async function given(handlers: Handlers, command: CommandName, request: unknown): Promise<Given> {
  try {
    const answer = await (handlers[command] as (request: unknown) => unknown)(structuredClone(request));
    return { command, request, answer: crossed(answer) };
  } catch (error) {
    if (error instanceof Error) throw error;
    return { command, request, error: crossed(error) };
  }
}

async function answers(): Promise<Map<string, string>> {
  const nouns = new Map<string, Set<string>>();
  for (const scenario of SCENARIOS) {
    for (const command of Object.keys(REQUESTS) as CommandName[]) {
      // Each command to fresh fixtures: what another one changed shows elsewhere.
      const handlers = handlersOf(scenario);
      const noun = command.split('_')[0]!;
      const lines = nouns.get(noun) ?? new Set<string>();
      nouns.set(noun, lines);
      for (const request of REQUESTS[command])
        lines.add(JSON.stringify(await given(handlers, command, request)));
    }
  }
  return new Map([...nouns].map(([noun, lines]) => [noun, `[\n${[...lines].join(',\n')}\n]\n`]));
}

test('what the fixtures answer is what the contract has been shown', async () => {
  const files = await answers();
  if (process.env['HOLDFAST_UPDATE_FIXTURES']) {
    mkdirSync(FOLDER, { recursive: true });
    for (const [noun, text] of files) writeFileSync(join(FOLDER, `${noun}.json`), text);
  }
  const stale = [...files].filter(([noun, text]) => read(join(FOLDER, `${noun}.json`)) !== text);
  expect(
    stale.map(([noun]) => noun),
    'run `make fixtures`',
  ).toEqual([]);
});

function read(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
