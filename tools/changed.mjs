// What a change touches, and the tests that look at it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { relative, sep } from 'node:path';

import { fileOf, namesOf } from './programs.mjs';
import { span } from './words.mjs';

/** Scenarios of what changed get so much time by what they took last; the rest is for `make test`. */
const SCENARIOS_S_MAX = 75;
/** A test of unknown length. */
const UNKNOWN_S = 3;

const git = (...words) => execFileSync('git', words, { encoding: 'utf8' }).split('\n').filter(Boolean);

/** The files that differ from `BASE` (the last commit), and those that git does not know yet. */
export function whatChanged() {
  let base = process.env.BASE || 'HEAD';
  const since = (commit) => [...git('diff', '--name-only', commit), ...git('ls-files', '--others', '--exclude-standard')];
  let files = since(base);
  // Right after a commit, that commit is the change.
  if (files.length === 0 && !process.env.BASE) files = since((base = 'HEAD~1'));
  return { base, files: [...new Set(files)] };
}

export const isPageTouched = ({ files }) => files.some((file) => file.startsWith('ui/'));
export const isRustTouched = ({ files }) => files.some((file) => /\.(rs|sql)$|Cargo\.(toml|lock)$|^tests\/fixtures\//.test(file));

/** The test programs that may look at a change, in cargo's words; the real window is for `make test`. */
export function programsFor({ files }) {
  const touches = (folder) => files.some((file) => file.startsWith(folder));
  const names = ['scenarios', 'rooms', 'bindings'];
  if (touches('src-tauri/crates/vault/')) names.push('vault', 'bytes', 'torture');
  if (touches('tests/fuzz/')) names.push('replay');
  return ['--lib', '--bins', ...names.flatMap((name) => ['--test', name])];
}

/** The unit tests of the packages that changed and of those above them, and the scenarios that look at what changed. */
export function chosenOf(change, programs, times, say) {
  const root = process.cwd();
  const packages = packagesOf(change.files);
  const units = [];
  const scenarios = [];
  for (const program of programs) {
    const tests = namesOf(program);
    if (tests.length === 0 || program.name === 'e2e') continue;
    const folder = relative(root, program.folder).split(sep).join('/');
    if (program.isUnit) {
      if (packages.has(folder)) units.push({ program, tests, threads: 2 });
      continue;
    }
    const scored = tests.map((name) => ({ name, score: scoreOf(change, `${relative(root, fileOf(program, name)).split(sep).join('/')}`, program) }));
    scenarios.push(...scored.filter(({ score }) => score > 0).map((test) => ({ ...test, program, seconds: times[`${program.name} ${test.name}`] ?? UNKNOWN_S })));
  }
  scenarios.sort((a, b) => b.score - a.score || a.seconds - b.seconds);
  const [chosen, left] = [new Map(), []];
  let seconds = 0;
  for (const test of scenarios) {
    // A file that itself changed is run whole, whatever it takes.
    if (test.score < OWN && seconds + test.seconds > SCENARIOS_S_MAX) {
      left.push(test);
      continue;
    }
    seconds += test.seconds;
    chosen.set(test.program, [...(chosen.get(test.program) ?? []), test.name]);
  }
  if (left.length > 0) say(`${left.length} more tests look at what changed, and are left to \`make test\` (${span(left.reduce((sum, test) => sum + test.seconds, 0))} of tests).`);
  const jobs = [...chosen].map(([program, tests]) => ({ program, tests, isChosen: true }));
  return [...jobs, ...units];
}

/** The folders of packages with changed files, and of those above them. */
function packagesOf(files) {
  const above = {
    'src-tauri/crates/base': ['src-tauri/crates/postgres', 'src-tauri/crates/remote'],
    'src-tauri/crates/postgres': ['src-tauri/crates/bundle', 'src-tauri/crates/remote'],
    'src-tauri/crates/bundle': ['src-tauri/crates/engine'],
    'src-tauri/crates/remote': ['src-tauri/crates/engine'],
    'src-tauri/crates/vault': ['src-tauri/crates/engine'],
    'src-tauri/crates/engine': ['src-tauri/crates/contract', 'src-tauri/crates/testkit'],
    'src-tauri/crates/contract': ['src-tauri/crates/cli', ''],
  };
  const found = new Set();
  const add = (folder) => {
    if (found.has(folder)) return;
    found.add(folder);
    above[folder]?.forEach(add);
  };
  for (const file of files) add(/^(src-tauri\/crates\/[^/]+|tests\/fuzz|tests\/bench|tests)\//.exec(file)?.[1] ?? '');
  return found;
}

/** The file itself changed; its name is that of a room that changed; it speaks of such a room. */
const [OWN, NAMED, SPOKEN_OF] = [3, 2, 1];

function scoreOf({ files }, path, program) {
  const file = sourceAt(path) ?? relative(process.cwd(), program.source).split(sep).join('/');
  if (files.includes(file)) return OWN;
  let best = 0;
  for (const changed of files) {
    const rooms = /^src-tauri\/crates\/(?:base|postgres|bundle|remote|engine|contract|cli|vault)\/src\/(.*)\.rs$/.exec(changed)?.[1].split('/');
    if (!rooms) continue;
    if (changed.startsWith('src-tauri/crates/vault/') !== file.startsWith('src-tauri/crates/vault/')) continue;
    const names = rooms.filter((room) => room.length > 3);
    if (names.some((room) => file.split(/[/.]/).includes(room))) best = Math.max(best, NAMED);
    else if (names.some((room) => textOf(file).includes(`::${room}::`))) best = Math.max(best, SPOKEN_OF);
  }
  return best;
}

/** The source of a module: `a/b.rs`, or where it stands in its parent's file, that one. */
function sourceAt(path) {
  for (let at = path; at.includes('/'); at = at.slice(0, at.lastIndexOf('/'))) {
    if (textOf(`${at}.rs`)) return `${at}.rs`;
  }
  return null;
}

const texts = new Map();
function textOf(file) {
  if (!texts.has(file)) {
    try {
      texts.set(file, readFileSync(file, 'utf8'));
    } catch {
      texts.set(file, '');
    }
  }
  return texts.get(file);
}
