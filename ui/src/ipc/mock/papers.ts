import type { CleanCheckView, PaperView, RecoveryPlanView } from '../bindings';
import { fail, type Handlers } from './index';
import { planPaper } from './planPaper';
import { NOW } from './projects';
import { reportPaper } from './reportPaper';

const DAY = 86_400_000;

export const cleanLook: CleanCheckView = {
  id: 'j-clean',
  backupId: 'af09844d5b7e2fd862044763f1805514e7d7c68a02319ec82b2cb1ae0a75c304',
  backupAtMs: NOW - DAY,
  beforeMs: NOW - DAY + 60_000,
  verdict: 'fail',
  reason:
    'The backup of 21 Nov 2026 08:10 CET, the newest verified before 21 Nov 2026 09:00 CET, is not as the ones before it: mass changes.',
  checks: [
    {
      id: 'clean_bytes',
      title: 'Bytes and rows in the vault',
      verdict: 'pass',
      figure: '',
      done: '41 tables and 12,480,113 rows match the manifest.',
      findings: [],
      found: 0,
      ms: 0,
    },
    {
      id: 'clean_rows',
      title: 'Rows',
      verdict: 'pass',
      figure: '41 of 41',
      done: 'The rows of each table, and by how many they usually change. Compared with 12 backups before it.',
      findings: [],
      found: 0,
      ms: 0,
    },
    {
      id: 'clean_changed',
      title: 'Mass changes',
      verdict: 'fail',
      figure: '3 tables changed',
      done: 'Of each table whose content is another, the share of rows of the backup before that are not there any more as they were, by their hashes.',
      findings: ['public.customers: 100 % of its rows are not as they were, usually 0 %'],
      found: 1,
      ms: 0,
    },
    {
      id: 'clean_unseen',
      title: 'What nobody looked at',
      verdict: 'not_checked',
      figure: 'not checked',
      done: 'No program can show these.',
      findings: ['Whether values are right: only your own assertions know.'],
      found: 1,
      ms: 0,
    },
  ],
  atMs: NOW - 3_600_000,
};

/** The plan of a project; `long` has a name that no page has room for. */
export function recoveryPlanOf(project: { id: string; name: string }, scenario: string): RecoveryPlanView {
  const isBare = scenario === 'well' || scenario === 'welcome';
  const paper: PaperView = {
    ...planPaper,
    title: project.name,
    headline: planPaper.headline.replace('shop-prod', project.name),
  };
  return {
    projectId: project.id,
    project: project.name,
    paper,
    contacts: isBare
      ? { people: [], kitPlace: null }
      : {
          people: [
            {
              role: 'Database',
              name: 'Ana Ruiz',
              phone: '+34 600 111 222',
              email: 'ana@shop.example',
              note: '',
            },
            {
              role: 'On call',
              name: 'Bo Lind',
              phone: '+46 70 000 00 00',
              email: '',
              note: 'nights and weekends',
            },
          ],
          kitPlace: 'the safe in the office, second shelf',
        },
    file: isBare
      ? { folder: null, path: null, writtenAtMs: null, problem: null, triedAtMs: null }
      : scenario === 'gone'
        ? {
            folder: '/media/blue/recovery',
            path: '/media/blue/recovery/recovery-plan-shop-prod.html',
            writtenAtMs: NOW - 3 * DAY,
            problem: 'the folder /media/blue/recovery is not there',
            triedAtMs: NOW - 60_000,
          }
        : {
            folder: '/media/blue/recovery',
            path: '/media/blue/recovery/recovery-plan-shop-prod.html',
            writtenAtMs: NOW - 600_000,
            problem: null,
            triedAtMs: NOW - 600_000,
          },
    clean: isBare ? [] : [cleanLook],
  };
}

/** Answers about what is written down for people. */
export function papersOf(scenario: string, view: (project: string) => { id: string; name: string }) {
  return {
    recovery_plan_show: ({ project }) => recoveryPlanOf(view(project), scenario),
    recovery_plan_save: () => ({}),
    recovery_plan_folder_set: ({ folder }) => ({
      folder,
      written: folder === null ? [] : [`${folder}/recovery-plan-shop-prod.html`],
      unchanged: 0,
      problems: [],
    }),
    recovery_plan_export: () => ({ folder: '/media/blue/recovery', written: [], unchanged: 1, problems: [] }),
    contacts_show: ({ project }) => recoveryPlanOf(view(project), scenario).contacts,
    contacts_set: ({ people }) => ({ people, kitPlace: null }),
    kit_place_set: () => ({}),
    clean_check_start: () => ({ jobId: cleanLook.id }),
    clean_check_list: () => [cleanLook],
    report_preview: () =>
      scenario === 'error'
        ? fail({ code: 'audit_unreadable', message: 'the audit log cannot be read' })
        : reportPaper,
    report_save: ({ path, form }) => ({
      files: form === 'html' ? [path] : [`${path}/about.csv`, `${path}/projects.csv`],
    }),
  } satisfies Partial<Handlers>;
}
