import type {
  AskCommand,
  ChannelTargetView,
  ChannelView,
  MailSecurityView,
  NotifyLevelView,
  SetChannel,
} from '../../ipc/bindings';
import { hidden } from '../../shared/Equivalent';

/** What a person chooses when a channel is added. */
export type Kind = 'email' | 'slack' | 'discord' | 'teams' | 'telegram' | 'webhook' | 'heartbeat' | 'desktop';

export const KINDS: readonly { value: Kind; title: string; detail: string }[] = [
  { value: 'email', title: 'E-mail', detail: 'Through a mail server of yours.' },
  { value: 'slack', title: 'Slack', detail: 'An incoming webhook of a workspace.' },
  { value: 'discord', title: 'Discord', detail: 'A webhook of a channel.' },
  { value: 'teams', title: 'Microsoft Teams', detail: 'A workflow that takes webhooks.' },
  { value: 'telegram', title: 'Telegram', detail: 'A bot that writes to a chat.' },
  { value: 'webhook', title: 'Webhook', detail: 'Signed JSON, for programs.' },
  { value: 'heartbeat', title: 'Heartbeat', detail: 'An address that misses us when no run calls it.' },
];

export const KIND_WORDS: Record<Kind, string> = {
  desktop: 'Desktop',
  email: 'E-mail',
  slack: 'Slack',
  discord: 'Discord',
  teams: 'Microsoft Teams',
  telegram: 'Telegram',
  webhook: 'Webhook',
  heartbeat: 'Heartbeat',
};

export const LEVELS: readonly { value: NotifyLevelView; label: string }[] = [
  { value: 'all', label: 'All' },
  { value: 'warnings', label: 'Warnings' },
  { value: 'errors', label: 'Errors' },
  { value: 'none', label: 'Nothing' },
];

/** Which findings of health each level lets through. */
export const LEVEL_MEANS: Record<NotifyLevelView, string> = {
  all: 'Every finding of health, notes too: once as it appears, gets worse, and is over. And runs, goals and dates.',
  warnings:
    'Of what health finds: what is critical, what will become a failure, and what cannot be told. Notes are left out.',
  errors:
    'Of what health finds: what is critical, and that it is over. Of runs and goals: those that failed.',
  none: 'Nothing: the channel is off.',
};

const PORTS: Record<MailSecurityView, string> = { starttls: '587', tls: '465', plain: '25' };
/** A shorter signing key is guessed. */
const KEY_LENGTH_MIN = 16;
const KEY_BYTES = 32;

export interface Draft {
  kind: Kind;
  name: string;
  host: string;
  port: string;
  security: MailSecurityView;
  user: string;
  from: string;
  to: string;
  url: string;
  key: string;
  chat: string;
  base: string | null;
  project: string;
  level: NotifyLevelView;
  eachRun: boolean;
  quietFrom: string;
  quietTo: string;
  errorsInQuiet: boolean;
  digestAt: string;
}

export function kindOf(target: ChannelTargetView): Kind {
  if (target.kind !== 'webhook') return target.kind;
  return target.style === 'json' ? 'webhook' : target.style;
}

export const newDraft = (kind: Kind): Draft => ({
  kind,
  name: KIND_WORDS[kind],
  host: '',
  port: PORTS.starttls,
  security: 'starttls',
  user: '',
  from: '',
  to: '',
  url: '',
  key: '',
  chat: '',
  base: null,
  project: '',
  level: 'all',
  eachRun: false,
  quietFrom: '',
  quietTo: '',
  errorsInQuiet: false,
  digestAt: '',
});

export function draftOf(channel: ChannelView): Draft {
  const { target } = channel;
  const draft: Draft = {
    ...newDraft(kindOf(target)),
    name: channel.name,
    level: channel.level,
    eachRun: channel.eachRun,
    quietFrom: channel.quiet?.from ?? '',
    quietTo: channel.quiet?.to ?? '',
    errorsInQuiet: channel.errorsInQuiet,
    digestAt: channel.digestAt ?? '',
  };
  if (target.kind === 'email')
    return {
      ...draft,
      host: target.host,
      port: String(target.port),
      security: target.security,
      user: target.user ?? '',
      from: target.from,
      to: target.to.join(', '),
    };
  if (target.kind === 'telegram') return { ...draft, chat: target.chat, base: target.base ?? null };
  if (target.kind === 'heartbeat') return { ...draft, project: target.project ?? '' };
  return draft;
}

/** The draft with another way to the mail server; its usual port comes along where the old one was usual. */
export function secured(draft: Draft, security: MailSecurityView): Draft {
  return { ...draft, security, port: draft.port === PORTS[draft.security] ? PORTS[security] : draft.port };
}

const mailboxes = (text: string) =>
  text
    .split(/[,\n]/)
    .map((one) => one.trim())
    .filter((one) => one !== '');

function targetOf(draft: Draft): ChannelTargetView {
  switch (draft.kind) {
    case 'desktop':
      return { kind: 'desktop' };
    case 'email':
      return {
        kind: 'email',
        host: draft.host.trim(),
        port: Number(draft.port),
        security: draft.security,
        user: draft.user.trim() || null,
        from: draft.from.trim(),
        to: mailboxes(draft.to),
      };
    case 'telegram':
      return { kind: 'telegram', chat: draft.chat.trim(), base: draft.base };
    case 'heartbeat':
      return { kind: 'heartbeat', project: draft.project || null };
    case 'webhook':
      return { kind: 'webhook', style: 'json' };
    case 'slack':
    case 'discord':
    case 'teams':
      return { kind: 'webhook', style: draft.kind };
  }
}

export function requestOf(draft: Draft, channel: ChannelView | null): SetChannel {
  const hasQuiet = draft.quietFrom !== '' && draft.quietTo !== '';
  return {
    channel: channel?.id ?? null,
    name: draft.name.trim(),
    target: targetOf(draft),
    url: draft.url.trim() || null,
    key: draft.key || null,
    level: draft.level,
    eachRun: draft.eachRun,
    quiet: hasQuiet ? { from: draft.quietFrom, to: draft.quietTo } : null,
    errorsInQuiet: hasQuiet && draft.errorsInQuiet,
    digestAt: draft.digestAt || null,
  };
}

export const hasUrl = (kind: Kind) => !['desktop', 'email', 'telegram'].includes(kind);

/** Why it cannot be saved yet; the engine looks closer. */
export function lackOf(draft: Draft, isNew: boolean): string | null {
  if (draft.name.trim() === '') return 'It needs a name.';
  if ((draft.quietFrom === '') !== (draft.quietTo === '')) return 'Quiet hours need a beginning and an end.';
  if (draft.kind === 'email') {
    if (draft.host.trim() === '') return 'The mail server is missing.';
    if (!/^\d+$/.test(draft.port)) return 'The port is a number.';
    if (draft.from.trim() === '') return 'A sender is missing.';
    if (mailboxes(draft.to).length === 0) return 'It needs somebody to write to.';
    if (isNew && draft.user.trim() !== '' && draft.key === '') return 'The password is missing.';
  }
  if (draft.kind === 'telegram') {
    if (draft.chat.trim() === '') return 'The chat is missing.';
    if (isNew && draft.key === '') return 'The bot’s token is missing.';
  }
  if (isNew && hasUrl(draft.kind) && draft.url.trim() === '') return 'The address is missing.';
  if (draft.kind === 'webhook' && (isNew || draft.key !== '') && draft.key.length < KEY_LENGTH_MIN)
    return `The signing key needs ${KEY_LENGTH_MIN} characters or more.`;
  return null;
}

/** A key that nobody guesses. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(KEY_BYTES));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** What is asked for, for its command line: what is secret is not part of it, and comes from files there. */
export function askedOf(draft: Draft, channel: ChannelView | null): AskCommand {
  const request = requestOf(draft, channel);
  const needsKey = channel === null && (draft.kind === 'webhook' || draft.kind === 'telegram');
  const needsUrl = channel === null && hasUrl(draft.kind);
  return {
    of: 'notify_set',
    request: {
      ...request,
      channel: channel?.name ?? null,
      url: needsUrl ? '' : hidden(request.url ?? null),
      key: needsKey ? '' : hidden(request.key ?? null),
    },
  };
}
