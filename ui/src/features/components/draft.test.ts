import { describe, expect, it } from 'vitest';

import { missing, newDraft, requestOf } from './draft';

describe('A folder of a server', () => {
  const draft = { ...newDraft('configuration', 'server'), folder: ' /srv/shop ' };

  it('takes the account of the database where none is entered, and no secret for it', () => {
    expect(missing(draft)).toBeNull();
    expect(requestOf('shop', { ...draft, password: 'left over' })).toEqual({
      project: 'shop',
      name: null,
      place: {
        kind: 'sftp',
        component: 'config',
        path: '/srv/shop',
        patterns: [],
        ssh: null,
      },
      password: null,
    });
  });

  it('takes an account of its own with what opens it', () => {
    const own = { ...draft, account: 'deploy@shop.example:2222', key: '/keys/id', password: 'secret' };
    expect(requestOf('shop', own)).toMatchObject({
      place: { ssh: { user: 'deploy', host: 'shop.example', port: 2222, key: '/keys/id', hostKey: null } },
      password: 'secret',
    });
  });

  it('names what is missing', () => {
    expect(missing({ ...draft, folder: 'srv' })).toContain('beginning with a slash');
    expect(missing({ ...draft, account: 'shop.example' })).toContain('user@host');
  });
});

describe('A bucket', () => {
  const draft = { ...newDraft('files', 'bucket'), bucket: 'uploads', endpoint: 'https://s3.example' };

  it('is asked without signing where no key is entered, and a key needs its secret', () => {
    expect(missing(draft)).toBeNull();
    expect(missing({ ...draft, accessKey: 'AKIA' })).toBe('Enter the secret of the key.');
    expect(requestOf('shop', draft).place).toMatchObject({ kind: 'bucket', accessKey: null });
  });
});

it('a log of a container is asked for by its name, with an account of its own where one is named', () => {
  const draft = { ...newDraft('logs', 'container'), container: ' shop-api ' };
  expect(missing({ ...draft, container: '--all' })).toMatch(/docker ps/);
  expect(missing(draft)).toBeNull();
  expect(requestOf('shop', draft).place).toEqual({
    kind: 'container_log',
    container: 'shop-api',
    ssh: null,
  });
  expect(missing({ ...draft, account: 'nobody' })).toMatch(/user@host/);
  expect(requestOf('shop', { ...draft, account: 'me@gate.example' }).place).toMatchObject({
    ssh: { host: 'gate.example', user: 'me', port: 22 },
  });
});

it('a Redis in a container is asked for by its name', () => {
  const draft = { ...newDraft('redis'), url: 'localhost', container: 'cache' };
  expect(requestOf('shop', draft).place).toEqual({
    kind: 'redis',
    url: 'redis://localhost',
    container: 'cache',
  });
  expect(missing({ ...draft, container: '-x' })).toMatch(/docker ps/);
  expect(requestOf('shop', { ...draft, container: '' }).place).toMatchObject({ container: null });
});

it('the storage of a Supabase project is asked for with its service key', () => {
  const draft = { ...newDraft('files', 'supabase'), url: ' abc.supabase.co ' };
  expect(missing({ ...draft, url: '' })).toMatch(/address/);
  expect(missing(draft)).toMatch(/service key/);
  const keyed = { ...draft, password: 'sb_secret_x' };
  expect(missing(keyed)).toBeNull();
  expect(requestOf('shop', keyed)).toMatchObject({
    place: { kind: 'storage_api', url: 'https://abc.supabase.co' },
    password: 'sb_secret_x',
  });
});
