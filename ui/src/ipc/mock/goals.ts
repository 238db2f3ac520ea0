import type {
  ComponentGoalView,
  ComponentWord,
  GoalPresetView,
  GoalStandingView,
  GoalView,
  ProposalLineView,
} from '../bindings';
import type { Handlers } from './index';
import { NOW, rows } from './projects';
import { presets } from './retention';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

export const goalPresets: GoalPresetView[] = [
  {
    title: 'Financial data',
    goal: {
      category: 'financial',
      rpoMs: HOUR / 4,
      rtoMs: HOUR,
      copies: 3,
      drillEveryMs: 7 * DAY,
      wholeDrills: false,
    },
  },
  {
    title: 'User data',
    goal: {
      category: 'user_data',
      rpoMs: HOUR,
      rtoMs: 4 * HOUR,
      copies: 3,
      drillEveryMs: 7 * DAY,
      wholeDrills: false,
    },
  },
  {
    title: 'Standard',
    goal: {
      category: 'standard',
      rpoMs: 4 * HOUR,
      rtoMs: 8 * HOUR,
      copies: 3,
      drillEveryMs: 30 * DAY,
      wholeDrills: false,
    },
  },
  {
    title: 'Analytics',
    goal: {
      category: 'analytics',
      rpoMs: DAY,
      rtoMs: 3 * DAY,
      copies: 2,
      drillEveryMs: 90 * DAY,
      wholeDrills: false,
    },
  },
];

const kindOf = (project: string): 'postgres' | 'platform' | 'files' =>
  project.includes('old-shop') ? 'files' : project.includes('booking-manager') ? 'platform' : 'postgres';

const COMPONENTS: Record<ReturnType<typeof kindOf>, ComponentWord[]> = {
  postgres: ['database'],
  platform: ['database', 'storage', 'config', 'logs'],
  files: [],
};
const componentsOf = (project: string) => COMPONENTS[kindOf(project)];

/** What would hold these goals: as the engine proposes, as far as a page can tell. */
function linesOf(project: string, goal: GoalView): ProposalLineView[] {
  const name = project.replace(/^p-/, '');
  const rpo = goal.rpoMs ?? DAY;
  const kind = kindOf(project);
  const often =
    rpo <= HOUR
      ? { words: 'every 30 minutes', cron: '*/30 * * * *' }
      : rpo < DAY
        ? { words: 'every 2 hours', cron: '0 */2 * * *' }
        : { words: 'twice a day, at 02:00 and 14:00', cron: '0 2,14 * * *' };
  const preset = (rpo <= HOUR ? presets[0] : rpo < DAY ? presets[1] : presets[3])!;
  const backup: ProposalLineView = {
    id: 'backups',
    title: `${kind === 'platform' ? 'Pull' : 'Back up'} ${often.words}`,
    because: `At most ${rpo / HOUR} h may be lost. A run took 12 min 04 s the last time, and counts once it is verified.`,
    command: `holdfast schedule set ${name} --cron '${often.cron}'`,
    inPlace: null,
    replaces: 'It takes the place of your schedule “backup”: every day at 02:00.',
    work: kind === 'platform' ? 'pull' : 'backup',
    rule: { kind: 'cron', expression: often.cron },
    policy: null,
  };
  return [
    ...(kind === 'files' ? [] : [backup]),
    {
      id: 'retention',
      title: preset.words.split(';')[0] ?? '',
      because: 'Hours of the last day, days of the week, and a month of each for a year.',
      command: `holdfast retention set ${name} --preset ${preset.name}`,
      inPlace: preset.name === 'omniops' ? 'That is its policy already.' : null,
      replaces: preset.name === 'omniops' ? null : `It takes the place of your policy: ${presets[0]?.words}`,
      work: null,
      rule: null,
      policy: preset.policy,
    },
    {
      id: 'drills',
      title: 'Drill each Saturday at 04:00',
      because:
        goal.rtoMs === null
          ? 'Only a drill shows that it comes back, and how long that takes.'
          : `It has to be back within ${goal.rtoMs / HOUR} h; only a drill shows whether it would be.`,
      command: `holdfast schedule set ${name} --weekly saturday 04:00 --kind drill`,
      inPlace: null,
      replaces: null,
      work: 'drill',
      rule: { kind: 'weekly', day: 'saturday', at: '04:00' },
      policy: null,
    },
    ...((goal.copies ?? 0) > 2
      ? [
          {
            id: 'replicas',
            title: 'Copy to the replicas daily at 05:00',
            because: `${goal.copies} copies are asked for: the original, the vault, its replicas.`,
            command: `holdfast schedule set ${name} --daily 05:00 --kind copy`,
            inPlace: null,
            replaces: null,
            work: 'copy' as const,
            rule: { kind: 'daily' as const, at: '05:00' },
            policy: null,
          },
        ]
      : []),
  ];
}

const WORDS: Record<string, string> = {
  database: 'database',
  storage: 'stored files',
  config: 'configuration',
  redis: 'Redis',
  logs: 'logs',
};

type Names = 'goal_show' | 'goal_set' | 'goal_presets' | 'goal_standing' | 'goal_component_set';

/** What projects are held to. No goal in `empty` and `uncounted`, none is met in `error`. */
export function goalsOf(scenario: string): Pick<Handlers, Names> {
  const none: GoalView = {
    category: null,
    rpoMs: null,
    rtoMs: null,
    copies: null,
    drillEveryMs: null,
    wholeDrills: false,
  };
  let goal: GoalView = ['empty', 'uncounted'].includes(scenario) ? none : { ...none, rtoMs: HOUR / 2 };
  let parts: ComponentGoalView[] =
    scenario === 'error'
      ? [{ component: 'database', words: 'database', rpoMs: HOUR, atMs: NOW - 3 * HOUR, isOver: true }]
      : [];
  const standing = (project: string): GoalStandingView => {
    const lines = linesOf(project, goal);
    const isNew = scenario === 'empty';
    return {
      projectId: project,
      project: project.replace(/^p-/, ''),
      ...goal,
      recoveryGoalMs: goal.rpoMs ?? rows.find(({ id }) => id === project)?.goalMs ?? DAY,
      ageMs: isNew ? null : 9 * HOUR,
      restoreMs: isNew ? null : 12 * MINUTE,
      drilledAtMs: isNew ? null : NOW - 3 * DAY,
      components: parts,
      goalComponents: componentsOf(project).map((component) => ({
        component,
        words: WORDS[component] ?? component,
      })),
      proposal: {
        schedule: 'twice a day, at 02:00 and 14:00',
        everyMs: 12 * HOUR,
        retention: '30-days',
        retentionWords: presets[3]?.words ?? '',
        drillEveryMs: 7 * DAY,
        notes: goal.rpoMs === null ? ['Nobody said how much may be lost: a day is assumed.'] : [],
        commands: lines.map(({ command }) => command),
        lines,
      },
    };
  };
  return {
    goal_show: () => goal,
    goal_set: ({ goal: wanted }) => (goal = wanted),
    goal_presets: () => goalPresets,
    goal_standing: ({ project }) => standing(project),
    goal_component_set: ({ project, component, rpoMs }) => {
      parts = parts.filter((part) => part.component !== component);
      if (rpoMs !== null)
        parts = [
          ...parts,
          {
            component,
            words: WORDS[component] ?? component,
            rpoMs,
            atMs: NOW - 3 * HOUR,
            isOver: rpoMs < 3 * HOUR,
          },
        ];
      return standing(project);
    },
  };
}
