import type { ConnectionView, LadderView, RungView, SshView } from '../bindings';

const rung = (
  id: string,
  title: string,
  message: string,
  elapsedMs: number | null,
  more: Partial<RungView> = {},
): RungView => ({
  id,
  title,
  state: elapsedMs === null ? 'waiting' : 'passed',
  message,
  elapsedMs,
  code: null,
  fix: null,
  ...more,
});

export const goodLadder: LadderView = {
  passed: true,
  serverVersion: '15.8',
  sizeBytes: 13_100_000_000,
  rungs: [
    rung('name', 'Name', 'db.shop.example has 2 addresses, on IPv4 and IPv6', 18),
    rung('connection', 'Connection', 'a server answers at 192.0.2.14:5432', 31),
    rung('tls', 'TLS', 'TLS 1.3; the certificate names the host', 44),
    rung('sign_in', 'Sign-in', 'holdfast_reader may sign in to shop', 62),
    rung('version', 'Version', 'PostgreSQL 15.8; pg_dump 15.10 is on this computer', 12),
    rung('rights', 'Rights', 'all 42 tables in 3 schemas can be read', 120),
    rung('size', 'Size', '13.1 GB', 9),
    rung('clock', 'Clock', 'the clocks differ by 0.2 s', 8),
    rung('tools', 'Tools', 'server programs of Postgres 15 are missing, so this computer cannot drill', 4, {
      state: 'warned',
      code: 'HF-TOOL-003',
      fix: {
        title: 'Install the server programs',
        detail: 'Drills need `initdb` and `pg_ctl`; backups do not.',
        sql: null,
        connection: null,
      },
    }),
  ],
};

export const brokenLadder: LadderView = {
  passed: false,
  serverVersion: null,
  sizeBytes: null,
  rungs: [
    rung('name', 'Name', 'db.qhzkvexample.supabase.co has one address, on IPv6 only', 18),
    rung(
      'connection',
      'Connection',
      'db.qhzkvexample.supabase.co has an IPv6 address alone, and this computer has no IPv6',
      310,
      {
        state: 'failed',
        code: 'HF-NET-006',
        fix: {
          title: 'Use the session pooler, which answers on IPv4',
          detail: 'aws-0-eu-central-1.pooler.supabase.com:5432, user postgres.qhzkvexample, same password.',
          sql: null,
          connection: {
            host: 'aws-0-eu-central-1.pooler.supabase.com',
            port: 5432,
            database: 'postgres',
            user: 'postgres.qhzkvexample',
            tls: 'verify-full',
            rootCertificate: null,
            ssh: null,
            container: null,
          },
        },
      },
    ),
    rung('tls', 'TLS', 'certificate and host name', null),
    rung('sign_in', 'Sign-in', 'user and password', null),
    rung('version', 'Version', 'server and the client tool for it', null),
    rung('rights', 'Rights', 'each schema, read only is enough', null),
    rung('size', 'Size', 'for the estimate', null),
    rung('clock', 'Clock', 'for the recovery point', null),
    rung('tools', 'Tools', 'server programs for drills', null),
  ],
};

/** By way of an SSH server, whose key has to be accepted first. */
export function sshLadder(connection: ConnectionView, ssh: SshView): LadderView {
  const seen = 'SHA256:lW4Gf7c2pX0Rk2m9d3V8QmN1sT6yB5aZ4eJ7uH0oKxE';
  if (ssh.hostKey === null) {
    const unknown = rung(
      'ssh',
      'SSH',
      `Nobody accepted the key of ${ssh.host} yet: ssh-ed25519 ${seen}.`,
      96,
      {
        state: 'failed',
        code: 'HF-SSH-002',
        fix: {
          title: 'Is this your server?',
          detail:
            'On the server, ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub prints the same text. If it does, accept it.',
          sql: null,
          connection: { ...connection, ssh: { ...ssh, hostKey: seen } },
        },
      },
    );
    return { ...brokenLadder, rungs: [unknown] };
  }
  const rungs = goodLadder.rungs.filter(({ id }) => id !== 'name' && id !== 'tls');
  return {
    ...goodLadder,
    rungs: [
      rung('ssh', 'SSH', `${ssh.host} is the server that was accepted, and lets ${ssh.user} in`, 140),
      rung('name', 'Name', `${ssh.host} looks the name up`, 1),
      rung('tls', 'TLS', 'not needed: SSH encrypts all the way to the server’s own computer', 2),
      ...rungs,
    ],
  };
}
