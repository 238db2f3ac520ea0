// `make test` runs everything; `make check` runs what the change since the last commit could have broken.
// Later steps run also when an earlier one failed, so that one run tells everything. The page's steps run beside
// Rust's, whose compiler leaves a processor idle for long. What a step prints is kept in `target/test-logs`, and is
// shown where the step fails, and again at the end.
//
// All of Rust is built by one selection of packages and features, so that no dependency is compiled twice: the
// window under test is the `holdfast-desktop` of that very build (its default feature embeds the page).
import { spawn } from 'node:child_process';
import { createWriteStream, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { chosenOf, isPageTouched, isRustTouched, programsFor, whatChanged } from './changed.mjs';
import { indented, namesOf, programsOf, runPrograms } from './programs.mjs';
import { span } from './words.mjs';

process.chdir(fileURLToPath(new URL('..', import.meta.url)));
const target = process.env.CARGO_TARGET_DIR ?? 'target';
// Tests run in the folders of their packages, so the path has to be absolute.
const TARGET = isAbsolute(target) ? target : join(process.cwd(), target);
const LOGS = join(TARGET, 'test-logs');
const TIMES = join(TARGET, 'test-times.json');
const SELECTION = ['--workspace', '--features', 'scenarios/e2e', '--locked'];
const SLOWEST_SHOWN = 10;
/** What a failed step printed last is shown; all of it is in its file. */
const LOG_BYTES_SHOWN = 12_000;
const TELL_EVERY_MS = 30_000;
const environment = {
  ...process.env,
  CARGO_TARGET_DIR: TARGET,
  CARGO_TERM_COLOR: process.env.CARGO_TERM_COLOR ?? 'never',
  SQLX_OFFLINE: 'true',
  HOLDFAST_APP: join(TARGET, 'debug', 'holdfast-desktop'),
  // Where nobody steps through anything, lines of backtraces are not worth a twentieth of the compiler's time.
  ...(process.env.CI ? { CARGO_PROFILE_DEV_DEBUG: 'false' } : {}),
};
Object.assign(process.env, environment);

const begun = Date.now();
const steps = [];
const say = (line) => process.stdout.write(`${line}\n`);
const since = () => (Date.now() - begun) / 1000;

/** Runs a command as a step; whether it worked. Its standard output is given to `take`, where that is asked for. */
async function step(name, command, { env, take } = {}) {
  const from = Date.now();
  const file = join(LOGS, `${name.replaceAll(/[^a-z]+/g, '-')}.log`);
  const log = createWriteStream(file);
  const usual = lastRun?.steps?.[name];
  say(`=== ${name}${usual ? ` (last time ${span(usual)})` : ''}`);
  const telling = setInterval(() => say(`  … ${name}: ${span((Date.now() - from) / 1000)}`), TELL_EVERY_MS);
  const child = spawn(command[0], command.slice(1), { env: { ...environment, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let printed = '';
  const keep = (piece) => {
    log.write(piece);
    printed = `${printed}${piece}`.slice(-LOG_BYTES_SHOWN);
  };
  const taken = [];
  child.stdout.on('data', (piece) => (take ? taken.push(piece) : keep(piece)));
  child.stderr.on('data', keep);
  const code = await new Promise((resolve) => {
    child.once('error', (error) => { keep(`${error}\n`); resolve(-1); });
    child.once('close', resolve);
  });
  clearInterval(telling);
  log.end();
  take?.(Buffer.concat(taken).toString());
  return ended({ name, seconds: (Date.now() - from) / 1000, isPassed: code === 0, log: `${command.join(' ')}\n${printed}\nAll of it: ${file}` });
}

function ended(done) {
  steps.push(done);
  say(`${done.isPassed ? 'passed' : 'FAILED'} ${done.name} (${span(done.seconds)}; ${span(since())} in all)`);
  if (!done.isPassed && done.log) say(indented(done.log));
  return done.isPassed;
}

/** A step that could not run counts as a failure. */
const without = (name, why) => ended({ name, seconds: 0, isPassed: false, log: `It did not run: ${why}.` });

const lastRun = (() => {
  try {
    return JSON.parse(readFileSync(TIMES, 'utf8'));
  } catch {
    return null;
  }
})();

const npm = (...words) => ['npm', '--prefix', 'ui', ...words];

const pagePackages = () => step('page: packages', ['tools/page', 'packages']);

/**
 * Cargo's test programs, built by `verb` as `words` say, with the lints in the same pass over each of our crates; where a lint
 * fails, built without them, so that the tests run all the same. Nothing where the build failed.
 */
async function build(verb, words) {
  let messages = '';
  const take = (text) => { messages = text; };
  const command = ['cargo', ...verb, ...SELECTION, ...words, '--message-format=json-render-diagnostics'];
  const linting = { RUSTC_WORKSPACE_WRAPPER: join(process.cwd(), 'tools', 'lint-rustc') };
  if (await step('lints and build', command, { env: linting, take })) return programsOf(messages);
  return (await step('build without lints', command, { take })) ? programsOf(messages) : null;
}

/** Runs tests as the last step of Rust, and keeps their ends. */
async function tests(name, jobs) {
  const from = Date.now();
  const total = jobs.reduce((sum, job) => sum + job.tests.length, 0);
  const usual = lastRun?.steps?.[name];
  say(`=== ${name}: ${total} tests${usual ? ` (last time ${span(usual)})` : ''}`);
  const run = await runPrograms(jobs, say);
  const isPassed = run.tests.every((test) => test.isPassed) && !(process.env.CI && run.skipped.length > 0);
  ended({ name, seconds: (Date.now() - from) / 1000, isPassed });
  return run;
}

/** The longest first; the real window, whose tests wait more than they compute, beside the scenarios. */
const ORDER = ['scenarios', 'rooms', 'e2e', 'torture', 'vault (unit)', 'vault'];

/** All tests of all programs. */
function jobsOf(programs) {
  const place = ({ name }) => (ORDER.includes(name) ? ORDER.indexOf(name) : ORDER.length);
  // The real window's web driver exists on Linux only.
  const here = programs.filter(({ name }) => name !== 'e2e' || process.platform === 'linux');
  const threads = { scenarios: undefined, e2e: 1 };
  return here.sort((a, b) => place(a) - place(b)).map((program) => ({ program, tests: namesOf(program), threads: program.name in threads ? threads[program.name] : 2 }));
}

async function everything() {
  const format = step('format', ['cargo', 'fmt', '--all', '--check']);
  const hasPackages = await pagePackages();
  // Rust embeds the page.
  const hasPage = hasPackages && await step('page: build', ['tools/page', 'build']);
  const page = (async () => {
    if (!hasPackages) return without('page', 'its packages are missing');
    await step('page: types', npm('run', 'typecheck'));
    await step('page: format', npm('run', 'format:check'));
    await step('page: lints', npm('run', 'lint'));
    return step('page: tests', npm('test'));
  })();
  await format;
  const programs = hasPage ? await build(['build'], ['--all-targets']) : null;
  const run = programs ? await tests('tests', jobsOf(programs)) : null;
  if (!run) without('tests', hasPage ? 'the build failed' : 'the page was not built');
  await page;
  return run;
}

async function changed() {
  const change = whatChanged();
  say(`Checking what changed since ${change.base}: ${change.files.length} files.`);
  const page = (async () => {
    if (!isPageTouched(change) || !(await pagePackages())) return;
    await step('page: types', npm('run', 'typecheck'));
    await step('page: format', npm('run', 'format:check'));
    await step('page: lints', npm('run', 'lint'));
    await step('page: tests', [...npm('exec', '--', 'vitest'), 'run', '--root', 'ui', '--changed', change.base]);
  })();
  let run = null;
  if (isRustTouched(change)) {
    await step('format', ['cargo', 'fmt', '--all', '--check']);
    const programs = await build(['test', '--no-run'], programsFor(change));
    if (programs) run = await tests('tests of what changed', chosenOf(change, programs, lastRun?.tests ?? {}, say));
    else without('tests of what changed', 'the build failed');
  }
  await page;
  return run;
}

/** Everything that failed, once more, each with its log; then the figures. */
function conclude(run, isWhole) {
  const failedSteps = steps.filter((one) => !one.isPassed);
  const failedTests = run?.tests.filter((test) => !test.isPassed) ?? [];
  if (failedSteps.length + failedTests.length > 0) say('\n=== What failed, with its log');
  for (const one of failedSteps) say(`\n--- ${one.name}\n${indented(one.log ?? 'See its tests below.')}`);
  for (const test of failedTests) say(`\n--- ${test.program} ${test.name} (${span(test.seconds)})\n${indented(test.log)}`);
  if (run) {
    say(`\n=== The ${SLOWEST_SHOWN} slowest tests`);
    const slowest = [...run.tests].sort((a, b) => b.seconds - a.seconds).slice(0, SLOWEST_SHOWN);
    for (const test of slowest) say(`${span(test.seconds).padStart(12)}  ${test.program} ${test.name}`);
  }
  if (run?.skipped.length) {
    say(`\n=== Skipped${process.env.CI ? ', which CI does not allow' : ''}`);
    for (const line of run.skipped) say(line);
  }
  say(`\n=== Steps, ${span(since())} in all`);
  for (const one of steps) say(`${one.isPassed ? 'passed' : 'FAILED'}  ${span(one.seconds).padStart(12)}  ${one.name}`);
  if (run) {
    const skipped = run.skipped.length;
    say(`${run.tests.length - failedTests.length} passed, ${failedTests.length} failed, ${skipped} skipped`);
  }
  const isPassed = failedSteps.length === 0;
  if (run && isWhole) keepTimes(run);
  say(isPassed ? 'Everything passed.' : `${failedSteps.length} of ${steps.length} steps did not pass.`);
  process.exitCode = isPassed ? 0 : 1;
}

/** For the next run, which says how long this one took, and for `make check`, which has a minute for tests. */
function keepTimes(run) {
  const kept = {
    seconds: since(),
    steps: Object.fromEntries(steps.map((one) => [one.name, one.seconds])),
    tests: Object.fromEntries(run.tests.map((test) => [`${test.program} ${test.name}`, test.seconds])),
  };
  writeFileSync(TIMES, JSON.stringify(kept));
}

mkdirSync(LOGS, { recursive: true });
const isWhole = process.argv[2] !== 'changed';
if (isWhole) {
  say(lastRun ? `The last run here took ${span(lastRun.seconds)}.` : 'No run of everything is known here; from nothing it takes some 40 minutes on two processors.');
}
process.once('SIGINT', () => process.exit(130));
process.once('SIGTERM', () => process.exit(143));
conclude(isWhole ? await everything() : await changed(), isWhole);
