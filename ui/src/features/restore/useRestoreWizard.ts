import { useQuery } from '@tanstack/react-query';
import { useReducer } from 'react';

import type { BackupView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { canReach, chosenIn, type RestoreDraft, type SaferWay } from './draft';
import { previewSentence } from './planWords';
import { backupQuery, projectsQuery } from './queries';
import { useMoments } from './useMoments';
import { usePlanFlow } from './usePlanFlow';
import { planRequest, reduceWizard, wizardBegun, type Seen, type WizardAct } from './wizard';

/** The state of the wizard, what it is held against, and its acts; every plan is asked for here. */
export function useRestoreWizard(first: BackupView, begin: Partial<RestoreDraft> | undefined) {
  const [state, dispatch] = useReducer(reduceWizard, undefined, () => wizardBegun(first.row, begin));
  const { data: projects = [] } = useQuery(projectsQuery());
  const looked = useQuery(backupQuery(state.momentId));
  const tables = looked.data?.tableList;
  const own = projects.find((project) => project.id === first.row.projectId);
  const moments = useMoments(first.row.projectId, first.row, looked.data?.row);
  // While a chosen moment is looked at, and where it cannot be, it is that one all the same.
  const row = looked.data?.row ?? moments.rows.find(({ id }) => id === state.momentId) ?? first.row;
  // Not kept after the wizard: the request may hold a password.
  const planning = useCommand('restore_plan', {
    gcTime: 0,
    onMutate: () => flow.reset(),
    onSuccess: (made) => announce(previewSentence(made), made.blockers.length > 0 ? 'assertive' : 'polite'),
  });
  const plan = planning.data;
  const flow = usePlanFlow(plan);
  const chosen = chosenIn(state.draft, tables ?? []);
  const seen: Seen = {
    plan,
    isPlanning: planning.isPending,
    isStale: flow.isStale,
    row,
    tables,
    ownGone: projects.length > 0 && !canReach(own),
  };
  const planAfter = (act: WizardAct, named: readonly string[]) => {
    dispatch(act);
    planning.mutate(planRequest(reduceWizard(state, act), named));
  };

  return {
    state,
    seen,
    chosen,
    projects,
    own,
    looked,
    moments,
    planning,
    flow,
    go: (step: typeof state.step) => dispatch({ kind: 'go', step }),
    answer: (part: Partial<RestoreDraft>) => dispatch({ kind: 'answer', part }),
    dispatch,
    makePlan: () => planAfter({ kind: 'plan' }, chosen),
    lookInside: () => planAfter({ kind: 'look_inside' }, []),
    takeSafer: (way: SaferWay) => planAfter({ kind: 'safer', way }, way.tables),
    takeAllRows: () => planAfter({ kind: 'all_rows' }, []),
  };
}

export type RestoreWizard = ReturnType<typeof useRestoreWizard>;
