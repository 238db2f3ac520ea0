import type { ErrorComponentProps } from '@tanstack/react-router';
import { ErrorPanel } from '../shared/ErrorPanel';
import { Page } from '../shared/PageHeader';

/** A screen that could not be drawn. The rest of the window goes on. */
export function RouteError({ error, reset }: ErrorComponentProps) {
  return (
    <Page width="read">
      <ErrorPanel error={error} title="This screen could not be drawn." onRetry={reset} />
    </Page>
  );
}
