import { expect, test } from 'vitest';
import { brokenLadder, goodLadder } from '../../ipc/mock/ladders';
import { askedOf } from './command';
import { connectionOf, EMPTY, missing, proposedName, secretsOf, withConnection } from './form';
import { ladderSummary, shownRungs } from './ladder';
import { masked } from './PasteField';

const broken = brokenLadder.rungs.filter((rung) => rung.state !== 'waiting');

test('before a test every rung waits', () => {
  const rungs = shownRungs([], false);
  expect(new Set(rungs.map((rung) => rung.state))).toEqual(new Set(['waiting']));
  expect(ladderSummary(rungs, false, true).words).toBe('not tested yet');
});

test('while it is tested the next rung is being tried', () => {
  const rungs = shownRungs(goodLadder.rungs.slice(0, 2), true);
  expect(rungs.map((rung) => rung.state).slice(0, 4)).toEqual(['passed', 'passed', 'running', 'waiting']);
  expect(ladderSummary(rungs, true, false)).toEqual({ state: 'running', words: 'testing 3 of 9' });
});

test('after the first red rung the others wait, they do not fail', () => {
  const rungs = shownRungs(broken, true);
  expect(rungs.map((rung) => rung.state)).toEqual([
    'passed',
    'failed',
    'waiting',
    'waiting',
    'waiting',
    'waiting',
    'waiting',
    'waiting',
    'waiting',
  ]);
  expect(ladderSummary(rungs, false, false).words).toBe('stopped at 2 of 9');
});

test('a result does not hold for a connection that changed', () => {
  expect(ladderSummary(shownRungs(goodLadder.rungs, false), false, true).words).toBe(
    'changed since the test',
  );
});

test('a warning passes and is named', () => {
  expect(ladderSummary(shownRungs(goodLadder.rungs, false), false, false)).toEqual({
    state: 'warn',
    words: 'passed, 1 to look at',
  });
});

test('a project is named after its database, or after its host where that says nothing', () => {
  expect(proposedName({ host: 'db.shop.example', database: 'shop', ssh: null, container: null })).toBe(
    'shop',
  );
  expect(
    proposedName({ host: 'db.qhzkvexample.supabase.co', database: 'postgres', ssh: null, container: null }),
  ).toBe('qhzkvexample');
});

test('a container gives its name where the database has the usual one', () => {
  const at = { host: 'localhost', ssh: null, container: 'supabase-db' };
  expect(proposedName({ ...at, database: 'postgres' })).toBe('supabase-db');
  expect(proposedName({ ...at, database: 'shop' })).toBe('shop');
});

test('the equivalent command line holds no password', () => {
  const form = {
    ...withConnection(EMPTY, {
      host: 'db.shop.example',
      port: 5432,
      database: 'my shop',
      user: 'reader',
      tls: 'verify-full',
      rootCertificate: null,
      ssh: null,
      container: null,
    }),
    password: 'secret12',
  };
  const asked = askedOf(form);
  expect(JSON.stringify(asked)).not.toContain('secret12');
  expect(asked).toMatchObject({
    of: 'project_add',
    request: { connection: { host: 'db.shop.example', database: 'my shop' }, password: '' },
  });
});

test('a pasted password does not stay on the screen', () => {
  expect(masked('postgresql://reader:secret12@db.shop.example/shop')).not.toContain('secret12');
  expect(masked("host=db password='secret 12' dbname=shop")).not.toContain('secret 12');
});

test('what is missing is said before the test', () => {
  expect(missing(EMPTY)).toBe('Enter the host first.');
  expect(missing({ ...EMPTY, host: 'h', database: 'd', user: 'u', port: '99999' })).toBe(
    'The port is a number from 1 to 65535.',
  );
});

const bySsh = { ...EMPTY, host: 'localhost', database: 'shop', user: 'reader', isBySsh: true };

test('an SSH account is read as it is typed, and what is none is said', () => {
  const read = (sshAccount: string) => connectionOf({ ...bySsh, sshAccount }).ssh;
  const at = (user: string, host: string, port: number) => ({ user, host, port, key: null, hostKey: null });
  expect(read('me@db.example')).toEqual(at('me', 'db.example', 22));
  expect(read('ssh://me@db.example:2222')).toEqual(at('me', 'db.example', 2222));
  expect(read(' me@[2001:db8::7]:2222 ')).toEqual(at('me', '2001:db8::7', 2222));
  for (const sshAccount of [
    '',
    'db.example',
    'me:secret@db.example',
    'me@db.example:0',
    'me@db.example:ssh',
    'me@',
  ])
    expect(missing({ ...bySsh, sshAccount })).toBe('Enter the SSH server as user@host, or user@host:port.');
});

test('what was typed for SSH is neither used nor sent while it is off', () => {
  const form = { ...bySsh, sshAccount: 'me@db.example', sshSecret: 'secret12', isBySsh: false };
  expect(connectionOf(form).ssh).toBeNull();
  expect(secretsOf(form)).toEqual({ password: null, sshSecret: null });
});

test('a database of the SSH server itself is named after that server', () => {
  const ssh = { user: 'me', host: 'shop.example', port: 22, key: null, hostKey: null };
  expect(proposedName({ host: 'localhost', database: 'postgres', ssh, container: null })).toBe('shop');
});

test('by SSH there is one rung more, before all others', () => {
  expect(shownRungs([], false, true).map(({ id }) => id)).toEqual([
    'ssh',
    ...shownRungs([], false).map(({ id }) => id),
  ]);
});
