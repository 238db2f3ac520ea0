import { MantineProvider } from '@mantine/core';
import { QueryClientProvider, type QueryClient } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useEffect, useMemo } from 'react';
import { createQueryClient } from '../ipc/client';
import { listenToEvents } from '../ipc/events';
import { LiveRegion } from '../shared/announce';
import { createAppRouter } from './router';
import { cssVariablesResolver, theme } from './theme';

type Props = { client?: QueryClient; router?: ReturnType<typeof createAppRouter> };

/** The window: theme, answers, routes. Tests hand in their own client and router. */
export function App({ client: givenClient, router: givenRouter }: Props) {
  const client = useMemo(() => givenClient ?? createQueryClient(), [givenClient]);
  const router = useMemo(() => givenRouter ?? createAppRouter(), [givenRouter]);
  useEffect(
    () => listenToEvents(client, (id) => void router.navigate({ to: '/run/$id', params: { id } })),
    [client, router],
  );
  return (
    <MantineProvider theme={theme} cssVariablesResolver={cssVariablesResolver} defaultColorScheme="auto">
      <QueryClientProvider client={client}>
        <RouterProvider router={router} />
        <LiveRegion />
      </QueryClientProvider>
    </MantineProvider>
  );
}
