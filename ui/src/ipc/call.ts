import { Channel, invoke } from '@tauri-apps/api/core';
import type {
  Commands,
  InspectionView,
  InspectFiles,
  LadderView,
  LookProgress,
  RungView,
  TestConnection,
  UserError,
} from './bindings';

export type CommandName = keyof Commands;
export type Request<N extends CommandName> = Commands[N][0];
export type Answer<N extends CommandName> = Commands[N][1];

/** A command's failure, as the contract describes it. */
export class CommandError extends Error implements UserError {
  readonly code: UserError['code'];
  readonly hint: string | null;
  readonly retry: UserError['retry'];
  readonly reportId: string;

  constructor(error: UserError) {
    super(error.message);
    this.name = 'CommandError';
    this.code = error.code;
    this.hint = error.hint;
    this.retry = error.retry;
    this.reportId = error.reportId;
  }
}

function isUserError(value: unknown): value is UserError {
  return (
    typeof value === 'object' &&
    value !== null &&
    'code' in value &&
    'message' in value &&
    'reportId' in value
  );
}

/** Whatever was thrown, as the one error that a person can see. */
export function toUserError(value: unknown): UserError {
  if (isUserError(value)) return value;
  const message =
    value instanceof Error
      ? value.message
      : typeof value === 'string'
        ? value
        : 'something unexpected happened in the window';
  return { code: 'window_failed', message, hint: null, retry: 'now', reportId: '' };
}

async function send<T>(name: string, args: Record<string, unknown>): Promise<T> {
  try {
    return await invoke<T>(name, args);
  } catch (thrown) {
    throw new CommandError(toUserError(thrown));
  }
}

/** Sends a command of the contract. */
export function call<N extends CommandName>(name: N, request: Request<N>): Promise<Answer<N>> {
  return send<Answer<N>>(name, { request });
}

/** Tests a connection; `onRung` hears of every rung as soon as it is known. */
export function testConnection(
  request: TestConnection,
  onRung: (rung: RungView) => void,
): Promise<LadderView> {
  const channel = new Channel<RungView>();
  channel.onmessage = onRung;
  return send<LadderView>('connection_test', { request, onRung: channel });
}

let looks = 0;

/** Looks at files; `onProgress` hears how far it is. When `signal` aborts, the look ends, and with it the reading. */
export function inspectFiles(
  request: Omit<InspectFiles, 'look'>,
  onProgress: (at: LookProgress) => void,
  signal?: AbortSignal,
): Promise<InspectionView[]> {
  looks += 1;
  // Names the look among those of this window alone.
  const look = `${Date.now().toString(36)}-${looks}`;
  const channel = new Channel<LookProgress>();
  channel.onmessage = onProgress;
  // That it could not be ended is no news: it ends by itself.
  const stop = () => void call('bundle_inspect_stop', { look }).catch(() => undefined);
  signal?.addEventListener('abort', stop, { once: true });
  return send<InspectionView[]>('bundle_inspect', {
    request: { ...request, look },
    onProgress: channel,
  }).finally(() => signal?.removeEventListener('abort', stop));
}

/** Has the shell tell at once what has happened; the number of the last change that it told of. */
export const tellEvents = () => send<number>('events_tell', {});

/** Whether Holdfast starts at login. */
export const loginStart = () => send<boolean>('login_start', {});

/** Lets Holdfast start at login, or not any more. */
export const setLoginStart = (isOn: boolean) => send<boolean>('login_start_set', { isOn });

/** The system's dialogs. Each answers `null` when the person closed it. */
export const pickFolder = (title: string) => send<string | null>('pick_folder', { title });
export const pickFile = (title: string) => send<string | null>('pick_file', { title });
export const pickFiles = (title: string) => send<string[]>('pick_files', { title });
export const pickSaveFile = (title: string, defaultName: string) =>
  send<string | null>('pick_save_file', { title, defaultName });
