import { keepPreviousData, useQuery } from '@tanstack/react-query';
import type { AskCommand } from '../ipc/bindings';
import { commandQuery } from '../ipc/client';
import { CommandLine } from './CommandLine';

/** A secret as a command line is asked about: that there is one, and nothing of it. */
export const hidden = (secret: string | null): string | null =>
  secret === null || secret === '' ? null : '';

/** The command line that says the same as a request. The engine writes it; a request goes there without its secrets. */
export function useCommandLine(asked: AskCommand | null): string | null {
  const query = useQuery({
    ...commandQuery('command_line', asked ?? { of: 'schedule_resume_all' }),
    enabled: asked !== null,
    placeholderData: keepPreviousData,
    staleTime: Infinity,
    gcTime: 0,
  });
  return asked === null ? null : (query.data?.command ?? null);
}

/** The same, to copy into a script. Nothing is shown where there is no request yet. */
export function Equivalent({ asked }: { asked: AskCommand | null }) {
  const command = useCommandLine(asked);
  return command === null ? null : <CommandLine command={command} />;
}
