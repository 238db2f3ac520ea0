import { createMemoryHistory } from '@tanstack/react-router';
import { render } from '@testing-library/react';
import { createQueryClient } from '../../ipc/client';
import { App } from '../App';
import { createAppRouter } from '../router';

/** The whole window at a place; install the fixtures first. */
export function renderApp(at = '/') {
  const client = createQueryClient();
  const router = createAppRouter(createMemoryHistory({ initialEntries: [at] }));
  return { client, router, ...render(<App client={client} router={router} />) };
}
