import type { ProjectRow } from '../bindings';
import { accountProjects, addedProjects, databaseAddresses } from './account';
import { fail, type Handlers } from './index';
import {
  importPlan,
  platformForms,
  platformLadder,
  platformOf,
  refusedPlatformLadder,
  remotePlan,
  restorePlanThere,
} from './platforms';

/** Answers of platforms, and about what is done there. */
export function platformsOf(scenario: string, view: (project: string) => ProjectRow) {
  return {
    platform_forms: () => platformForms,
    platform_test: ({ credentials }) =>
      Object.values(credentials).includes('wrong') ? refusedPlatformLadder : platformLadder,
    platform_projects: ({ credentials }) =>
      Object.values(credentials).includes('wrong')
        ? fail({ code: 'platform_sign_in', message: 'the platform does not take the password' })
        : accountProjects,
    platform_database: () => databaseAddresses,
    platform_projects_add: ({ references }) => addedProjects(references),
    platform_show: ({ project }) =>
      scenario === 'platform_unreachable'
        ? fail({
            code: 'platform_unreachable',
            message: 'manager.example does not answer: the connection was refused',
            hint: 'See whether the manager runs, and whether its address is still https://manager.example.',
            retry: 'now',
          })
        : platformOf(scenario, project),
    platform_create: () => ({ jobId: 'j-pull' }),
    platform_new_project: () => ({ jobId: 'j-pull' }),
    platform_act: ({ act }) => ({ facts: [{ name: 'State', value: act === 'pause' ? 'pausing' : 'done' }] }),
    platform_schedule_set: ({ schedule }) => schedule,
    platform_deletion_plan: ({ project, id }) => remotePlan('delete', view(project).name, id),
    platform_restore_plan: (request) => restorePlanThere(view(request.project).name, request),
    platform_import_plan: ({ project, backup, newName }) => importPlan(view(project).name, backup, newName),
    platform_apply: () => ({ jobId: 'j-pull' }),
    platform_upload: () => ({ jobId: 'j-pull' }),
    platform_import: () => ({ jobId: 'j-import' }),
    platform_logs: () => ({ jobId: 'j-pull' }),
    pull_start: () => ({ jobId: 'j-pull' }),
    platform_passphrase_set: () => ({}),
  } satisfies Partial<Handlers>;
}
