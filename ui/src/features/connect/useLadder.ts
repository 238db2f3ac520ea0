import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { LadderView, RungView } from '../../ipc/bindings';
import { testConnection, type CommandError } from '../../ipc/call';
import { announce } from '../../shared/announce';
import { sentence } from '../../shared/format';
import { connectionOf, secretsOf, tested, type Form } from './form';
import { ladderSummary, shownRungs } from './ladder';

type Climb = { of: string; rungs: RungView[] };

/** A test of the connection in the form: the rungs as they arrive, and whether they still hold. */
export function useLadder(form: Form, project: string | null) {
  const [climb, setClimb] = useState<Climb>({ of: '', rungs: [] });
  const run = useMutation<LadderView, CommandError, Form>({
    mutationFn: (given) => {
      const of = tested(given);
      setClimb({ of, rungs: [] });
      return testConnection({ connection: connectionOf(given), ...secretsOf(given), project }, (rung) => {
        // A rung of an older climb comes too late.
        setClimb((now) =>
          now.of === of ? { of, rungs: [...now.rungs.filter((each) => each.id !== rung.id), rung] } : now,
        );
        if (rung.state === 'failed') announce(`${rung.title} failed. ${sentence(rung.message)}`, 'assertive');
        else announce(`${rung.title}: ${sentence(rung.message)}`);
      });
    },
    onSuccess: (ladder, given) => {
      setClimb({ of: tested(given), rungs: ladder.rungs });
      if (ladder.passed) announce('The connection passed its test.');
    },
  });
  const isStale = climb.of !== tested(form);
  const rungs = shownRungs(climb.rungs, run.isPending, form.isBySsh);
  return {
    rungs,
    summary: ladderSummary(rungs, run.isPending, isStale),
    isTesting: run.isPending,
    /** The result that holds for what the form says now. */
    ladder: run.data !== undefined && !isStale && !run.isPending ? run.data : null,
    wasTried: climb.of !== '',
    error: run.error,
    test: run.mutate,
  };
}
