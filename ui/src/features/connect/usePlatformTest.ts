import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { LadderView, PlatformFormView } from '../../ipc/bindings';
import { call, type CommandError } from '../../ipc/call';
import { announce } from '../../shared/announce';
import { sentence } from '../../shared/format';
import { ladderSummary } from './ladder';
import { credentialsOf, settingsOf, testedOf, type PlatformDraft } from './platformForm';

/** A test of the platform in the form, and whether it still holds. All rungs arrive together. */
export function usePlatformTest(
  form: PlatformFormView,
  draft: PlatformDraft,
  project: string | null,
  onPassed?: () => void,
) {
  const [of, setOf] = useState('');
  // The request holds credentials.
  const run = useMutation<LadderView, CommandError>({
    gcTime: 0,
    mutationFn: () =>
      call('platform_test', {
        platform: settingsOf(form, draft),
        credentials: credentialsOf(draft),
        project,
      }),
    onMutate: () => setOf(testedOf(form, draft)),
    onSuccess: (ladder) => {
      const failed = ladder.rungs.find((rung) => rung.state === 'failed');
      if (failed) announce(`${failed.title} failed. ${sentence(failed.message)}`, 'assertive');
      else announce('The platform passed its test.');
      if (ladder.passed) onPassed?.();
    },
  });
  const isStale = of !== testedOf(form, draft);
  const rungs = run.isPending ? [] : (run.data?.rungs ?? []);
  const summary = run.isPending
    ? { state: 'running' as const, words: 'testing' }
    : ladderSummary(rungs, false, isStale);
  return {
    run: () => run.mutate(),
    rungs,
    summary,
    isTesting: run.isPending,
    isStale,
    wasTried: of !== '',
    passed: run.data?.passed === true && !isStale && !run.isPending,
    error: run.error,
  };
}
