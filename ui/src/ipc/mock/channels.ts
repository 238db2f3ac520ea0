import type { ChannelView, SetChannel } from '../bindings';
import { fail, type Handlers } from './index';
import { NOW } from './projects';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const channel = (
  given: Partial<ChannelView> & Pick<ChannelView, 'id' | 'name' | 'target' | 'place'>,
): ChannelView => ({
  level: 'all',
  eachRun: false,
  quiet: null,
  errorsInQuiet: false,
  digestAt: null,
  state: 'works',
  problem: null,
  problemAtMs: null,
  failingSinceMs: null,
  sentAtMs: NOW - 3 * HOUR,
  waiting: 0,
  nextAtMs: null,
  command: `holdfast notify edit ${given.name}`,
  ...given,
});

const desktop = channel({
  id: 'desktop',
  name: 'Desktop',
  target: { kind: 'desktop' },
  place: 'this computer',
  eachRun: true,
});

/** One channel in each state that a page has to show. */
export const channels: ChannelView[] = [
  desktop,
  channel({
    id: 'c-mail',
    name: 'On call',
    target: {
      kind: 'email',
      host: 'smtp.example',
      port: 587,
      security: 'starttls',
      user: 'bot',
      from: 'bot@example.org',
      to: ['ops@example.org'],
    },
    place: 'smtp.example:587',
    level: 'warnings',
    quiet: { from: '22:00', to: '07:00' },
    errorsInQuiet: true,
    digestAt: '08:00',
    waiting: 3,
    nextAtMs: NOW + 17 * HOUR,
  }),
  channel({
    id: 'c-slack',
    name: 'ops',
    target: { kind: 'webhook', style: 'slack' },
    place: 'https://hooks.slack.example',
    state: 'failing',
    problem: 'https://hooks.slack.example answered 404: no_service',
    problemAtMs: NOW - 20 * MINUTE,
    failingSinceMs: NOW - 20 * MINUTE,
  }),
  channel({
    id: 'c-beat',
    name: 'checks',
    target: { kind: 'heartbeat', project: 'shop-prod' },
    place: 'https://checks.example',
    state: 'unproven',
    sentAtMs: null,
  }),
];

const long = channel({
  id: 'c-long',
  name: 'The people who look after the databases of the northern warehouses',
  target: { kind: 'webhook', style: 'json' },
  place: 'https://a-rather-long-name-of-a-host.of-some-department.of-a-company.example:8443',
  state: 'retrying',
  problem:
    'https://a-rather-long-name-of-a-host.of-some-department.of-a-company.example:8443 did not answer within 30 seconds',
  problemAtMs: NOW - MINUTE,
  waiting: 1,
  nextAtMs: NOW + 4 * MINUTE,
});

export function channelsOf(
  scenario: string,
): Pick<Handlers, 'notify_list' | 'notify_set' | 'notify_test' | 'notify_remove'> {
  let kept = structuredClone(
    scenario === 'empty' ? [desktop] : scenario === 'long' ? [...channels, long] : channels,
  );
  const set = ({
    channel: reference,
    name,
    target,
    level,
    eachRun,
    quiet,
    errorsInQuiet,
    digestAt,
  }: SetChannel): ChannelView => {
    const known = kept.find((one) => one.id === reference);
    const place =
      target.kind === 'email' ? `${target.host}:${target.port}` : (known?.place ?? 'https://hooks.example');
    const made = channel({
      ...(known ?? { state: 'unproven', sentAtMs: null }),
      id: known?.id ?? `c-${name}`,
      name,
      target,
      place,
      level,
      eachRun,
      quiet: quiet ?? null,
      errorsInQuiet: errorsInQuiet ?? false,
      digestAt: digestAt ?? null,
    });
    kept = known ? kept.map((one) => (one.id === made.id ? made : one)) : [...kept, made];
    return made;
  };
  return {
    notify_list: () =>
      scenario === 'damaged'
        ? fail({
            code: 'catalog_failed',
            message: 'the catalogue of this profile could not be read',
            hint: 'Rebuild it from the vault.',
            retry: 'now',
          })
        : structuredClone(kept),
    notify_set: set,
    notify_test: ({ channel: reference }) => {
      const one = kept.find((known) => known.id === reference || known.name === reference);
      if (one?.state === 'failing')
        return fail({
          code: 'notification_failed',
          message: 'https://hooks.slack.example answered 404: no_service',
          hint: 'Put right what it names, and test again; until then the channel tells nobody anything.',
          retry: 'now',
        });
      return { isTaken: true };
    },
    notify_remove: ({ channel: reference }) => {
      kept = kept.filter((one) => one.id !== reference);
      return {};
    },
  };
}
