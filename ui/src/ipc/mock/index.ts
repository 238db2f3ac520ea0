import type { Channel } from '@tauri-apps/api/core';
import { emit } from '@tauri-apps/api/event';
import { mockIPC, mockWindows } from '@tauri-apps/api/mocks';
import {
  COMMAND_TAGS,
  EVENT_NAME,
  type Appearance,
  type Event,
  type HomeView,
  type LadderView,
  type LookProgress,
  type ProjectRow,
  type RungView,
  type UserError,
  type VaultView,
} from '../bindings';
import type { Answer, CommandName, Request } from '../call';
import { auditOf } from './audit';
import { inspect, slowly, type Looks } from './bundles';
import { channelsOf } from './channels';
import { drillsOf } from './drills';
import { expectationsOf } from './expectations';
import { goalsOf } from './goals';
import { healthOf, plotsOf } from './health';
import { lineOf } from './lines';
import { brokenLadder, goodLadder, sshLadder } from './ladders';
import { bothRow, filesRow, platformRow, platformSettings } from './platforms';
import { papersOf } from './papers';
import {
  appState,
  emptyHome,
  home,
  longHome,
  manyHome,
  NOW,
  pausedHome,
  rows,
  vault,
  wellHome,
} from './projects';
import { reachOf } from './reach';
import { replicasOf } from './replicas';
import { restores, standingOf } from './restored';
import { discardPlan, planOf, undoPlan } from './restores';
import { retentionOf } from './retention';
import { reportOf, rollingOf } from './rolling';
import { rowsOf } from './rows';
import { backupsOf } from './backupCommands';
import { componentsOf } from './components';
import { refused } from './runs';
import { platformsOf } from './there';
import { jobsOf } from './jobs';
import type { Scenario } from './scenario';
import { schedulesOf } from './schedules';
import { keptSteps, steps } from './steps';
import { tablesOf } from './tables';
import { coverageOf } from './coverage';

/** Answers from fixtures, for tests and for a page without a shell. Not in a production build. */
export type Handlers = { [N in CommandName]: (request: Request<N>) => Answer<N> | Promise<Answer<N>> };
export type Call = { name: string; request: unknown };
export type { Scenario };

const ALL_TAGS = [...new Set(Object.values(COMMAND_TAGS).flat())];
const KEY = ['7QK4', 'M2RX', '9TVD', 'HW3C', 'PZ8E', '5JNB', 'LA6F', 'YG1D'] as const;
const platformsHome = { ...home, projects: [platformRow, filesRow, ...rows] };
const HOMES = {
  platforms: platformsHome,
  file_backup: platformsHome,
  file_telegram: platformsHome,
  home,
  well: wellHome,
  empty: emptyHome,
  long: longHome,
  many: manyHome,
  paused: pausedHome,
} as const;

export function fail(error: Partial<UserError> & { code: string; message: string }): never {
  throw { hint: null, retry: 'after_fix', reportId: '4c1e77d0', ...error } satisfies UserError;
}

/** What a scenario answers. */
export function handlersOf(scenario: string): Handlers {
  const state = structuredClone(appState);
  // `?appearance=dark` shows the other scheme without touching the system's.
  const appearance = new URLSearchParams(location.search).get('appearance');
  if (appearance === 'dark' || appearance === 'light')
    state.settings.appearance = appearance satisfies Appearance;
  if (['welcome', 'no_keychain'].includes(scenario)) state.vault = null;
  if (scenario === 'no_keychain')
    state.secrets = {
      place: 'keychain',
      state: 'unavailable',
      path: null,
      hint: 'Start GNOME Keyring or KWallet and look again, or keep the keys in a sealed file.',
    };
  if (scenario === 'locked')
    state.secrets = {
      place: 'file',
      state: 'locked',
      path: '/home/anna/.local/share/holdfast/secrets.sealed',
      hint: null,
    };
  if (scenario === 'gone')
    state.vault = {
      ...vault,
      state: 'gone',
      problem: 'the directory /media/work-ssd/Holdfast/Anchor is not there',
      freeBytes: null,
    };
  if (scenario === 'key_missing')
    state.vault = { ...vault, state: 'key_missing', problem: 'the keychain holds no key for this vault' };
  if (scenario === 'kit_due') state.vault = { ...vault, kitConfirmedAtMs: null };
  const hosted: ProjectRow =
    scenario === 'file_telegram' ? { ...platformRow, platform: 'telegram_platform' } : platformRow;
  const view = (id: string) =>
    [...rows, hosted, bothRow, filesRow].find((row) => row.id === id || row.name === id) ??
    rows[4] ??
    fail({ code: 'project_not_found', message: 'there is no such project' });
  const shownHome: HomeView = { ...(HOMES[scenario as keyof typeof HOMES] ?? home) };
  let draftPath = state.suggestedVaultPath;
  let keptOf = steps;
  const created = (): VaultView =>
    (state.vault = {
      ...vault,
      path: draftPath,
      name: 'Anchor',
      storedBytes: 4_000,
      backups: 0,
      kitConfirmedAtMs: NOW,
    });
  const show = (name: string) => ({
    row: view(name),
    connection: !view(name).hasDatabase
      ? null
      : {
          host: 'db.shop.example',
          port: 5432,
          database: 'shop',
          user: 'holdfast_reader',
          tls: 'verify-full' as const,
          rootCertificate: null,
          ssh: null,
          container: null,
        },
    serverVersion: view(name).hasDatabase ? '15.8' : null,
    createdAtMs: NOW - 90 * 86_400_000,
    hasPassword: true,
    platform:
      view(name).platform === null
        ? null
        : { ...platformSettings, kind: view(name).platform ?? platformSettings.kind },
    backupCommand: view(name).hasDatabase
      ? `holdfast backup run ${view(name).name}`
      : view(name).platform !== null
        ? `holdfast pull ${view(name).name}`
        : `holdfast bundle import FILE --into ${view(name).name}`,
  });

  return {
    app_state: () => structuredClone(state),
    settings_set: (settings) => (state.settings = settings),
    secrets_use_file: () =>
      (state.secrets = {
        place: 'file',
        state: 'ready',
        path: '/home/anna/.local/share/holdfast/secrets.sealed',
        hint: null,
      }),
    secrets_unlock: ({ passphrase }) =>
      passphrase === 'wrong'
        ? fail({ code: 'wrong_passphrase', message: 'the passphrase does not open the sealed file' })
        : (state.secrets = { ...state.secrets, state: 'ready' }),
    tool_list: () => [
      {
        directory: '/usr/lib/postgresql/15/bin',
        major: 15,
        version: '15.10',
        tools: ['pg_dump', 'pg_restore', 'initdb', 'pg_ctl'],
      },
    ],
    doctor: () => ({
      atMs: NOW,
      findings: [
        { check: 'tools', severity: 'ok', message: 'Postgres 15.10 was found', hint: null },
        {
          check: 'kit',
          severity: 'warning',
          message: 'the recovery kit was saved 40 days ago',
          hint: 'Read it back once a year.',
        },
        { check: 'disk', severity: 'ok', message: '412 GB are free', hint: null },
      ],
    }),
    vault_draft: ({ path, name }) => {
      if (path.startsWith('/full'))
        fail({
          code: 'folder_not_empty',
          message: `the directory ${path} is not empty`,
          hint: 'Choose an empty or a new directory.',
        });
      draftPath = path;
      return {
        id: 'draft-1',
        path,
        name,
        freeBytes: 412_400_000_000,
        keyGroups: KEY.slice(0, 7),
        kitSavedTo: null,
      };
    },
    vault_kit_save: () => ({}),
    vault_create: ({ lastGroup }) =>
      lastGroup.toUpperCase() === KEY[7]
        ? created()
        : fail({
            code: 'wrong_group',
            message: 'this is not the last group of the key',
            hint: 'Read it from the kit that you saved.',
          }),
    vault_kit_confirm: () => created(),
    vault_open: ({ key }) =>
      key.length < 20
        ? fail({
            code: 'wrong_key',
            message: 'the key does not open this vault',
            hint: 'Enter all eight groups of the recovery kit.',
          })
        : (created(),
          {
            snapshots: 414,
            backups: 412,
            projects: 6,
            skipped: ['3f1b20: not made by Holdfast', '99c2aa: its manifest could not be read'],
          }),
    vault_check: () => ({ jobId: 'j-running' }),
    vault_rolling: () => rollingOf(scenario),
    vault_repair: () => ({ jobId: 'j-running' }),
    vault_prune_plan: ({ unusedPercentMax }) => ({
      seen: '9b74c9897bac770ffc029102a200c5de3f0f5b2a6c1d4e8897a1c0e5b3d2f416',
      unusedPercentMax: unusedPercentMax ?? 5,
      snapshots: 414,
      kept: { packs: 1180, bytes: 18_900_000_000 },
      repacked: { packs: 61, bytes: 970_000_000 },
      removed: { packs: 204, bytes: 3_200_000_000 },
      leftover: { packs: 3, bytes: 41_000_000 },
      copiedBytes: 402_000_000,
      freedBytes: 3_809_000_000,
      unusedBytes: 610_000_000,
      isEmpty: false,
    }),
    vault_prune: () => ({ jobId: 'j-running' }),
    vault_rebuild_catalog: () => ({ snapshots: 414, backups: 412, projects: 6, skipped: [] }),
    connection_parse: ({ text }) => parse(text),
    connection_test: () => goodLadder,
    schedule_pause_all: ({ untilMs }) => (shownHome.paused = { atMs: NOW, untilMs }),
    schedule_resume_all: () => (shownHome.paused = null),
    home: () =>
      scenario === 'error'
        ? fail({
            code: 'catalog_failed',
            message: 'the catalogue of this profile could not be read',
            hint: 'Rebuild it from the vault in the settings.',
            retry: 'now',
          })
        : structuredClone(shownHome),
    health: ({ project }) =>
      scenario === 'error'
        ? fail({
            code: 'catalog_failed',
            message: 'the catalogue cannot be read: disk I/O error',
            hint: 'Check the disk that holds the profile.',
          })
        : healthOf(scenario, shownHome.projects, project),
    health_plots: ({ project, days, table }) => plotsOf(view(project), days ?? 30, table),
    health_accept: () => ({}),
    health_prices_set: (list) => list,
    project_list: () => structuredClone(shownHome.projects),
    project_show: ({ project }) => show(project),
    project_add: ({ name, platform }) =>
      name === 'shop-prod'
        ? fail({
            code: 'name_taken',
            message: 'there is already a project with the name shop-prod',
            hint: 'Choose another name.',
          })
        : { ...show(platform === null ? 'p-shop-prod' : platformRow.id) },
    project_edit: ({ project }) => show(project),
    project_removal_plan: ({ project }) => ({
      name: view(project).name,
      backups: 184,
      newestAtMs: NOW - 8_000_000,
      sampleDirectory: null,
      effects: ['184 backups stay in the vault.'],
    }),
    project_remove: () => ({}),
    project_acknowledge: () => ({}),
    sample_add: () => ({ jobId: 'j-running' }),
    ...backupsOf(scenario),
    ...componentsOf(scenario),
    ...tablesOf(scenario),
    ...coverageOf(scenario),
    ...retentionOf(scenario),
    ...goalsOf(scenario),
    ...channelsOf(scenario),
    ...replicasOf(scenario),
    ...reachOf(),
    verify_start: () => ({ jobId: 'j-running' }),
    restore_plan: (request) => (scenario === 'unreachable' ? fail(refused) : planOf(request, scenario)),
    restore_apply: () => ({ jobId: 'j-restored' }),
    ...auditOf(scenario),
    ...drillsOf(scenario),
    ...expectationsOf(scenario),
    ...jobsOf(),
    ...papersOf(scenario, view),
    ...platformsOf(scenario, view),
    ...schedulesOf(scenario),
    recovery_steps_show: () => (scenario === 'empty' ? [] : keptOf),
    recovery_steps_set: ({ steps: sent }) => (keptOf = keptSteps(sent)),
    restore_list: () => restores,
    restore_show: ({ restore }) => standingOf(restore),
    restore_report: ({ restore }) => reportOf(restore),
    restore_report_save: () => ({}),
    restore_undo_plan: ({ restore }) => undoPlan(restore),
    restore_discard_plan: ({ restore }) => discardPlan(restore),
    scratch_list: () => [
      {
        id: 's-1',
        backupId: 'b-shop-prod',
        project: 'shop-prod',
        directory: '/home/anna/.local/share/holdfast/scratch/s-1',
        connect: 'psql -h /tmp/holdfast-scratch -d shop',
        isRunning: true,
        createdAtMs: NOW - 3_600_000,
      },
    ],
    scratch_remove: () => ({}),
    backup_rows: ({ backup, table }) => rowsOf(table, `holdfast backup rows ${backup}`),
    bundle_rows: ({ paths, table }) => rowsOf(table, `holdfast bundle rows ${paths.join(' ')} --table`),
    bundle_inspect: (request) => inspect(request),
    bundle_inspect_stop: () => ({}),
    bundle_import: () => ({ jobId: 'j-import' }),
    command_line: lineOf,
  };
}

function parse(text: string) {
  const found = /^postgres(?:ql)?:\/\/([^:@/]+)(?::([^@]*))?@([^:/]+)(?::(\d+))?\/([^?]+)/.exec(text.trim());
  if (!found)
    return fail({
      code: 'bad_connection_string',
      message: 'this is not a connection string',
      hint: 'It begins with postgresql:// or holds pairs such as host=… dbname=….',
    });
  const [, user = '', password, host = '', port = '5432', database = ''] = found;
  return {
    connection: {
      host,
      port: Number(port),
      database,
      user,
      tls: 'verify-full' as const,
      rootCertificate: null,
      ssh: null,
      container: null,
    },
    password: password ? decodeURIComponent(password) : null,
  };
}

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function climb(ladder: LadderView, channel: Channel<RungView>, pauseMs: number): Promise<LadderView> {
  for (const rung of ladder.rungs) {
    if (rung.state === 'waiting') continue;
    await wait(pauseMs);
    channel.onmessage(rung);
  }
  return ladder;
}

/** Puts the fixtures in the place of the shell. `overrides` answer before the scenario does. */
export function installMock(
  scenario: Scenario | string = 'home',
  overrides: Partial<Handlers> & { folder?: string | null; file?: string | null; rungPauseMs?: number } = {},
): { calls: Call[] } {
  const calls: Call[] = [];
  const {
    folder = '/media/work-ssd/Holdfast/Anchor',
    file = '/media/blue/recovery-kit',
    rungPauseMs = 120,
    ...own
  } = overrides;
  const looks: Looks = new Map();
  const handlers: Handlers = { ...handlersOf(scenario), ...own };
  // What a command changes only the engine knows: here each one may have changed everything.
  let [number, hasActed] = [0, false];
  const tell = async () => {
    if (!hasActed) return number;
    [number, hasActed] = [number + 1, false];
    await emit(EVENT_NAME, { kind: 'changed', number, tags: ALL_TAGS } satisfies Event);
    return number;
  };
  const answer = async (name: string, payload: Record<string, unknown> = {}): Promise<unknown> => {
    calls.push({ name, request: payload['request'] ?? payload });
    if (name === 'events_tell') return tell();
    if (name in COMMAND_TAGS && COMMAND_TAGS[name as CommandName].length === 0) hasActed = true;
    if (name === 'login_start') return false;
    if (name === 'login_start_set') return payload['isOn'];
    if (name === 'pick_folder') return folder;
    if (name === 'pick_save_file') return file === null ? null : `${file}/${String(payload['defaultName'])}`;
    if (name === 'pick_file') return file;
    if (name === 'pick_files') return file === null ? [] : [file];
    if (name === 'connection_test') {
      const request = payload['request'] as Request<'connection_test'>;
      const ladder = own.connection_test
        ? await own.connection_test(request)
        : request.connection?.ssh
          ? sshLadder(request.connection, request.connection.ssh)
          : request.connection?.host.startsWith('db.qhzkv')
            ? brokenLadder
            : request.password === 'wrong'
              ? fail(refused)
              : goodLadder;
      return climb(ladder, payload['onRung'] as Channel<RungView>, rungPauseMs);
    }
    if (name === 'bundle_inspect' && !own.bundle_inspect) {
      const { request, onProgress } = payload as {
        request: Request<'bundle_inspect'>;
        onProgress: Channel<LookProgress>;
      };
      await slowly(request, onProgress, looks);
    }
    if (name === 'bundle_inspect_stop')
      looks.get((payload['request'] as Request<'bundle_inspect_stop'>).look)?.();
    if (!(name in COMMAND_TAGS)) return null;
    // Each handler takes its own command's request; the union cannot say so here.
    return (handlers[name as CommandName] as (request: unknown) => unknown)(payload['request']);
  };
  mockWindows('main');
  mockIPC((name, payload) => answer(name, (payload ?? {}) as Record<string, unknown>), {
    shouldMockEvents: true,
  });
  return { calls };
}
