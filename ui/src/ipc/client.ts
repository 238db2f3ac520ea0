import {
  MutationCache,
  QueryClient,
  queryOptions,
  useMutation,
  type UseMutationOptions,
} from '@tanstack/react-query';
import { COMMAND_TAGS, type Tag } from './bindings';
import { call, type Answer, type CommandError, type CommandName, type Request } from './call';

declare module '@tanstack/react-query' {
  interface Register {
    defaultError: CommandError;
  }
}

/** Options of the query for a command: the key is its name and its request. */
export function commandQuery<N extends CommandName>(name: N, request: Request<N>) {
  return queryOptions({ queryKey: [name, request] as const, queryFn: () => call(name, request) });
}

/** A command that changes something; what it makes stale is read from the contract. */
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

function isCommand(name: unknown): name is CommandName {
  return typeof name === 'string' && name in COMMAND_TAGS;
}

/** Marks every answer stale that depends on one of the tags. */
export function invalidateTags(client: QueryClient, tags: readonly Tag[]): Promise<void> {
  if (tags.length === 0) return Promise.resolve();
  return client.invalidateQueries({
    predicate: ({ queryKey: [name] }) =>
      isCommand(name) && COMMAND_TAGS[name].provides.some((tag) => tags.includes(tag)),
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
      onSuccess: async (_answer, _request, _context, mutation) => {
        const name = mutation.options.mutationKey?.[0];
        if (isCommand(name)) await invalidateTags(client, COMMAND_TAGS[name].invalidates);
      },
    }),
  });
  return client;
}
