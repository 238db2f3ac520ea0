import { useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Navigate, Outlet, useLocation } from '@tanstack/react-router';
import { useEffect } from 'react';
import { UnlockPage } from '../features/setup';
import type { Appearance } from '../ipc/bindings';
import { ErrorPanel } from '../shared/ErrorPanel';
import { Page } from '../shared/PageHeader';
import { DropOverlay } from './DropOverlay';
import { appStateQuery } from './queries';

/** Screens that make sense before there is a vault. */
const BEFORE_VAULT = new Set(['/welcome', '/import']);

/** Decides what may be seen: the unlock screen, the first run, or the route that was asked for. */
export function Gate() {
  const state = useQuery(appStateQuery());
  const { pathname } = useLocation();
  useAppearance(state.data?.settings.appearance);
  if (state.isPending) return null;
  if (state.data === undefined) {
    return (
      <Page width="read">
        <ErrorPanel
          error={state.error}
          title="Holdfast could not start."
          onRetry={() => void state.refetch()}
        />
      </Page>
    );
  }
  if (state.data.secrets.place === 'file' && state.data.secrets.state === 'locked')
    return <UnlockPage path={state.data.secrets.path} hint={state.data.secrets.hint} />;
  if (state.data.vault === null && !BEFORE_VAULT.has(pathname)) return <Navigate to="/welcome" replace />;
  return (
    <>
      <Outlet />
      <DropOverlay />
    </>
  );
}

// Mantine writes the scheme onto the document, where the tokens read it.
function useAppearance(appearance: Appearance | undefined) {
  const { setColorScheme } = useMantineColorScheme();
  useEffect(() => {
    if (appearance !== undefined) setColorScheme(appearance === 'system' ? 'auto' : appearance);
  }, [appearance, setColorScheme]);
}
