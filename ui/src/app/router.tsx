import {
  createHashHistory,
  createRootRoute,
  createRoute,
  createRouter,
  type RouterHistory,
} from '@tanstack/react-router';
import { ActivityPage } from '../features/activity';
import { AuditPage } from '../features/audit';
import { BackupPage } from '../features/backup';
import { VaultBackupsPage } from '../features/backups';
import { ComparePage } from '../features/compare';
import { ConnectPage, EditConnectionPage } from '../features/connect';
import { DrillPage, DrillsPage } from '../features/drill';
import { HealthPage } from '../features/health';
import { HomePage } from '../features/home';
import { ImportPage } from '../features/import';
import { PlanPage } from '../features/plan';
import { ReportPage } from '../features/report';
import { RestorePage, UndoPage, type Into } from '../features/restore';
import { RunPage } from '../features/run';
import { SettingsPage } from '../features/settings';
import { WelcomePage } from '../features/setup';
import { AppFrame } from './AppFrame';
import { Gate } from './Gate';
import { LostPage } from './LostPage';
import { ProjectPage } from './ProjectPage';
import { RouteError } from './RouteError';

const root = createRootRoute({ component: Gate, notFoundComponent: LostPage, errorComponent: RouteError });

// Screens beside the sidebar; the wizards below have the whole window.
const frame = createRoute({ getParentRoute: () => root, id: 'frame', component: AppFrame });

const home = createRoute({ getParentRoute: () => frame, path: '/', component: HomePage });
const activity = createRoute({ getParentRoute: () => frame, path: '/activity', component: ActivityPage });
const health = createRoute({
  getParentRoute: () => frame,
  path: '/health',
  validateSearch: (search): { project?: string } => {
    // The window's own query, which only a browser has, is glued to the end of it.
    const project = typeof search['project'] === 'string' ? search['project'].split('?')[0] : undefined;
    return project ? { project } : {};
  },
  component: function HealthRoute() {
    const { project: chosen } = health.useSearch();
    return <HealthPage key={chosen ?? ''} project={chosen ?? null} />;
  },
});
const backups = createRoute({ getParentRoute: () => frame, path: '/backups', component: VaultBackupsPage });
const audit = createRoute({ getParentRoute: () => frame, path: '/audit', component: AuditPage });
const report = createRoute({ getParentRoute: () => frame, path: '/audit/report', component: ReportPage });
const settings = createRoute({ getParentRoute: () => frame, path: '/settings', component: SettingsPage });
const project = createRoute({
  getParentRoute: () => frame,
  path: '/project/$id',
  validateSearch: (search): { tab?: 'components' | 'goals' | 'retention' } => {
    const tab = (['components', 'goals', 'retention'] as const).find((one) => one === search['tab']);
    return tab ? { tab } : {};
  },
  component: function ProjectRoute() {
    const { id } = project.useParams();
    const { tab } = project.useSearch();
    return <ProjectPage key={`${id} ${tab ?? ''}`} id={id} {...(tab ? { tab } : {})} />;
  },
});
const plan = createRoute({
  getParentRoute: () => frame,
  path: '/project/$id/plan',
  component: function PlanRoute() {
    const { id } = plan.useParams();
    return <PlanPage key={id} id={id} />;
  },
});
const backup = createRoute({
  getParentRoute: () => frame,
  path: '/backup/$id',
  validateSearch: (search): { export?: string } => {
    // The window's own query, which only a browser has, is glued to the end of it.
    const part = typeof search['export'] === 'string' ? search['export'].split('?')[0] : undefined;
    return part ? { export: part } : {};
  },
  component: function BackupRoute() {
    const { id } = backup.useParams();
    const { export: part } = backup.useSearch();
    return <BackupPage key={`${id} ${part ?? ''}`} id={id} part={part} />;
  },
});
const compare = createRoute({
  getParentRoute: () => frame,
  path: '/compare/$left/$right',
  component: function CompareRoute() {
    const { left, right } = compare.useParams();
    return <ComparePage left={left} right={right} />;
  },
});
const run = createRoute({
  getParentRoute: () => frame,
  path: '/run/$id',
  component: function RunRoute() {
    const { id } = run.useParams();
    return <RunPage key={id} id={id} />;
  },
});

/** Paths out of an address. The window's own query, which only a browser has, is glued to the end of the last value. */
function pathsOf(given: unknown): string[] {
  if (typeof given === 'string') {
    try {
      return pathsOf(JSON.parse(given.slice(0, given.lastIndexOf(']') + 1)) as unknown);
    } catch {
      return [];
    }
  }
  return Array.isArray(given) ? given.filter((path) => typeof path === 'string') : [];
}
const importFiles = createRoute({
  getParentRoute: () => frame,
  path: '/import',
  validateSearch: (search): { paths?: string[] } => {
    const paths = pathsOf(search['paths']);
    return paths.length > 0 ? { paths } : {};
  },
  component: function ImportRoute() {
    // What the check refused is still there as it came.
    const paths = pathsOf(importFiles.useSearch().paths);
    return <ImportPage key={paths.join('\n')} paths={paths} />;
  },
});

const drills = createRoute({ getParentRoute: () => frame, path: '/drills', component: () => <DrillsPage /> });
const projectDrills = createRoute({
  getParentRoute: () => frame,
  path: '/project/$id/drills',
  validateSearch: (search): { backup?: string } =>
    typeof search['backup'] === 'string' ? { backup: search['backup'] } : {},
  component: function ProjectDrillsRoute() {
    const { id } = projectDrills.useParams();
    const { backup: chosen } = projectDrills.useSearch();
    return <DrillsPage key={`${id} ${chosen ?? ''}`} project={id} backup={chosen} />;
  },
});
const drill = createRoute({
  getParentRoute: () => frame,
  path: '/drill/$id',
  component: function DrillRoute() {
    const { id } = drill.useParams();
    return <DrillPage key={id} id={id} />;
  },
});

const welcome = createRoute({
  getParentRoute: () => root,
  path: '/welcome',
  validateSearch: (search): { choice?: 'open' } => (search['choice'] === 'open' ? { choice: 'open' } : {}),
  component: function WelcomeRoute() {
    const { choice } = welcome.useSearch();
    return <WelcomePage choice={choice} />;
  },
});
const connect = createRoute({ getParentRoute: () => root, path: '/connect', component: ConnectPage });
const edit = createRoute({
  getParentRoute: () => root,
  path: '/project/$id/edit',
  validateSearch: (search): { side?: 'database' | 'platform' } =>
    search['side'] === 'database' || search['side'] === 'platform' ? { side: search['side'] } : {},
  component: function EditRoute() {
    const { id } = edit.useParams();
    const { side } = edit.useSearch();
    return <EditConnectionPage key={`${id} ${side ?? ''}`} id={id} side={side} />;
  },
});
const restore = createRoute({
  getParentRoute: () => root,
  path: '/restore/$backupId',
  validateSearch: (search): { into?: Into; on?: string } => {
    const { into, on } = search;
    if (into === 'anew') return typeof on === 'string' ? { into, on } : {};
    return into === 'scratch' || into === 'new' ? { into } : {};
  },
  component: function RestoreRoute() {
    const { backupId } = restore.useParams();
    const { into, on } = restore.useSearch();
    return <RestorePage key={backupId} backupId={backupId} into={into} on={on} />;
  },
});

const undo = createRoute({
  getParentRoute: () => root,
  path: '/restored/$id/undo',
  component: function UndoRoute() {
    const { id } = undo.useParams();
    return <UndoPage key={id} restoreId={id} kind="undo" />;
  },
});
const discard = createRoute({
  getParentRoute: () => root,
  path: '/restored/$id/discard',
  component: function DiscardRoute() {
    const { id } = discard.useParams();
    return <UndoPage key={id} restoreId={id} kind="discard" />;
  },
});

const routeTree = root.addChildren([
  frame.addChildren([
    home,
    activity,
    backups,
    health,
    audit,
    report,
    settings,
    project,
    plan,
    backup,
    compare,
    run,
    importFiles,
    drills,
    projectDrills,
    drill,
  ]),
  welcome,
  connect,
  edit,
  restore,
  undo,
  discard,
]);

/** The routes; the window's place is kept behind the `#`, which survives a reload of the page. */
export function createAppRouter(history: RouterHistory = createHashHistory()) {
  return createRouter({ routeTree, history, defaultPreload: false, scrollRestoration: false });
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>;
  }
}
