// Runs the test programs that cargo built, several at once, and knows each test's time and end.
//
// A test program says what happens as lines of JSON. That format is not stable, so the programs (never the
// compiler) are told that unstable options are allowed; the toolchain is pinned in rust-toolchain.toml.
import { spawn, spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { dirname, join, sep } from 'node:path';
import { createInterface } from 'node:readline';

import { span } from './words.mjs';

/** A program in which no test began or ended for so long hangs, and is ended; the slowest test takes two minutes. */
const STANDSTILL_MS = 10 * 60_000;
/** One program alone would wait for its last tests with a processor at rest. */
const PROGRAMS_AT_ONCE = 2;
/** How often a run says how far it is. */
const TELL_EVERY_MS = 30_000;
/** Scenarios wait for their peers as much as they compute: half as many again as there are processors. */
const THREADS = Number(process.env.RUST_TEST_THREADS) || Math.ceil(availableParallelism() * 1.5);

/** The test programs among the messages of `cargo build --message-format=json`. */
export function programsOf(messages) {
  const programs = [];
  for (const line of messages.split('\n')) {
    if (!line.startsWith('{')) continue;
    const message = JSON.parse(line);
    if (message.reason !== 'compiler-artifact' || !message.executable || !message.profile.test) continue;
    const kind = message.target.kind.includes('test') ? '' : message.target.kind.includes('bin') ? ' (program)' : ' (unit)';
    programs.push({
      name: `${message.target.name}${kind}`,
      executable: message.executable,
      folder: dirname(message.manifest_path),
      source: message.target.src_path,
      isUnit: kind !== '',
    });
  }
  return programs;
}

/** The names of a program's tests. */
export function namesOf(program) {
  const listed = spawnSync(program.executable, ['--list', '--format', 'terse'], { cwd: program.folder, encoding: 'utf8' });
  if (listed.status !== 0) throw new Error(`${program.executable} does not list its tests: ${listed.stderr}`);
  return listed.stdout.split('\n').flatMap((line) => (line.endsWith(': test') ? [line.slice(0, -6)] : []));
}

/** The source file that a test stands in, as far as its modules' names tell. */
export function fileOf(program, test) {
  const modules = test.split('::').slice(0, -1);
  return join(dirname(program.source), ...modules).split(sep).join('/');
}

/**
 * Runs `jobs`, each `{program, tests, threads}`, two at a time in their order.
 * Answers `{tests: [{name, program, seconds, isPassed, log}], skipped: [line]}`.
 */
export async function runPrograms(jobs, say) {
  const run = { tests: [], skipped: [], atWork: new Map(), total: 0, children: new Set() };
  run.total = jobs.reduce((sum, job) => sum + job.tests.length, 0);
  const begun = Date.now();
  const telling = setInterval(() => {
    const [longest] = [...run.atWork.values()].sort((a, b) => a.since - b.since);
    const at = longest ? `; longest at work: ${longest.name}, ${span((Date.now() - longest.since) / 1000)}` : '';
    say(`  … ${run.tests.length} of ${run.total} tests after ${span((Date.now() - begun) / 1000)}${at}`);
  }, TELL_EVERY_MS);
  const end = () => { for (const child of run.children) child.kill('SIGKILL'); };
  process.once('exit', end);
  try {
    const waiting = [...jobs];
    await Promise.all(Array.from({ length: PROGRAMS_AT_ONCE }, async () => {
      for (let job = waiting.shift(); job; job = waiting.shift()) await runProgram(job, run, say);
    }));
  } finally {
    clearInterval(telling);
    process.removeListener('exit', end);
  }
  return run;
}

async function runProgram({ program, tests, threads, isChosen }, run, say) {
  if (tests.length === 0) return;
  const wanted = isChosen ? ['--exact', ...tests] : program.skips ?? [];
  const arguments_ = ['-Z', 'unstable-options', '--format', 'json', '--report-time', `--test-threads=${threads ?? THREADS}`];
  const child = spawn(program.executable, [...arguments_, ...wanted], {
    cwd: program.folder,
    env: { ...process.env, CARGO_MANIFEST_DIR: program.folder, RUSTC_BOOTSTRAP: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  run.children.add(child);
  const seen = new Set();
  let [tail, last, isHung] = ['', Date.now(), false];
  const fail = (name, seconds, log) => {
    run.tests.push({ name, program: program.name, seconds, isPassed: false, log });
    say(`FAILED ${program.name} ${name} (${span(seconds)})\n${indented(log)}`);
  };
  const heard = (event) => {
    last = Date.now();
    const key = `${program.name} ${event.name}`;
    if (event.event === 'started') run.atWork.set(key, { name: event.name, since: Date.now() });
    if (event.event !== 'ok' && event.event !== 'failed' && event.event !== 'ignored') return;
    run.atWork.delete(key);
    seen.add(event.name);
    if (event.event === 'ok') run.tests.push({ name: event.name, program: program.name, seconds: event.exec_time, isPassed: true });
    else fail(event.name, event.exec_time ?? 0, event.stdout ?? 'It is marked as ignored; no test may be.');
  };
  const output = createInterface({ input: child.stdout });
  output.on('line', (line) => {
    const event = eventOf(line);
    if (event?.type === 'test') heard(event);
    else if (!event) tail = `${tail}${line}\n`.slice(-20_000);
  });
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (line.startsWith('SKIPPED: ')) {
      run.skipped.push(`${program.name}: ${line.slice(9)}`);
      say(line);
    }
    tail = `${tail}${line}\n`.slice(-20_000);
  });
  const watch = setInterval(() => {
    if (Date.now() - last < STANDSTILL_MS) return;
    isHung = true;
    child.kill('SIGKILL');
  }, 5_000);
  const [code, signal] = await new Promise((resolve) => child.once('close', (...ended) => resolve(ended)));
  clearInterval(watch);
  run.children.delete(child);
  const missing = tests.filter((name) => !seen.has(name));
  for (const name of missing) run.atWork.delete(`${program.name} ${name}`);
  if (missing.length > 0) {
    const why = isHung ? `no test began or ended for ${span(STANDSTILL_MS / 1000)}` : `the program ended with ${signal ?? code}`;
    for (const name of missing) fail(name, 0, `It did not end: ${why}.\n${tail}`);
  }
}

/** A test's child that was killed may have left half a line before the event. */
function eventOf(line) {
  const from = line.indexOf('{ "type":');
  if (from < 0) return null;
  try {
    return JSON.parse(line.slice(from));
  } catch {
    return null;
  }
}

/** A log within the words around it. */
export function indented(text) {
  return text.trimEnd().split('\n').map((line) => `    ${line}`).join('\n');
}
