import {
  MutationCache,
  QueryClient,
  queryOptions,
  useMutation,
  type UseMutationOptions,
} from '@tanstack/react-query';
import { call, type Answer, type CommandError, type CommandName, type Request } from './call';
import { caughtUp } from './stale';

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: CommandError;
  }
}

/** Options of the query for a command: the key is its name and its request. */
export function commandQuery<N extends CommandName>(name: N, request: Request<N>) {
  return queryOptions({ queryKey: [name, request] as const, queryFn: () => call(name, request) });
}

/** A command that changes something. What that makes stale the engine says, whoever gave the command. */
export function useCommand<N extends CommandName>(
  name: N,
  options?: Omit<UseMutationOptions<Answer<N>, CommandError, Request<N>>, 'mutationFn' | 'mutationKey'>,
) {
  return useMutation<Answer<N>, CommandError, Request<N>>({
    ...options,
    mutationKey: [name],
    mutationFn: (request) => call(name, request),
  });
}

export function createQueryClient(): QueryClient {
  const client: QueryClient = new QueryClient({
    defaultOptions: {
      // Events say when an answer is out of date, so age alone does not make it stale; and the
      // shell is this very computer: a network that is down must not pause anything.
      queries: { staleTime: 30_000, retry: false, networkMode: 'always' },
      mutations: { retry: false, networkMode: 'always' },
    },
    mutationCache: new MutationCache({
      // Whoever goes on after a command sees what it changed: the next page asks no old answer.
      // Questions that are asked as mutations, as tests of a connection, change nothing and have no key.
      onSuccess: (_answer, _request, _context, { options }) =>
        options.mutationKey === undefined ? undefined : caughtUp(client),
    }),
  });
  return client;
}
