import { useQuery } from '@tanstack/react-query';

import { ErrorPanel } from '../../shared/ErrorPanel';
import { holdsDatabase } from '../../shared/Holds';
import { LoadingLines } from '../../shared/LoadingLines';
import { Page } from '../../shared/PageHeader';
import { beginAs, type Into } from './draft';
import { backupQuery, projectsQuery } from './queries';
import { RestoreWizard } from './RestoreWizard';
import { WithoutDatabase } from './WithoutDatabase';

/** Restores a backup: why, which moment, what, where; what would change, a backup first, the name typed. */
export function RestorePage({
  backupId,
  into,
  on,
}: {
  backupId: string;
  into?: Into | undefined;
  /** Id of the project that was made anew, where that is what it goes into. */
  on?: string | undefined;
}) {
  const { data, error, refetch } = useQuery(backupQuery(backupId));
  const { data: projects, isPending } = useQuery({ ...projectsQuery(), enabled: into !== undefined });
  if (data && !holdsDatabase(data)) return <WithoutDatabase backup={data} />;
  if (data && into === undefined) return <RestoreWizard first={data} />;
  if (data && into !== undefined && !isPending)
    return (
      <RestoreWizard
        first={data}
        begin={beginAs(
          into,
          projects?.find((project) => project.id === data.row.projectId),
          on,
        )}
      />
    );
  return (
    <Page>
      {error ? (
        <ErrorPanel error={error} title="This backup could not be read." onRetry={() => void refetch()} />
      ) : (
        <LoadingLines what="this backup" />
      )}
    </Page>
  );
}
