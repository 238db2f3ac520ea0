import { useQuery } from '@tanstack/react-query';

import { commandQuery } from '../../ipc/client';
import { bytes } from '../../shared/format';
import { Page, PageHeader } from '../../shared/PageHeader';
import { BackupsPanel } from './BackupsPanel';

/** Every backup in the vault, of whatever project: what each holds, how far it is proven, what all of it takes. */
export function VaultBackupsPage() {
  const vault = useQuery(commandQuery('app_state', {})).data?.vault;
  return (
    <Page>
      <PageHeader
        title="Everything in the vault."
        lead={
          vault
            ? `The vault “${vault.name}” takes ${bytes(vault.storedBytes)} on its disk${vault.freeBytes === null ? '' : `, where ${bytes(vault.freeBytes)} are free`}.`
            : undefined
        }
      />
      <BackupsPanel project={null} onBackUp={null} />
    </Page>
  );
}
