import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Choices, type Choice } from './Choices';
import { CreateVault } from './CreateVault';
import { OpenVault } from './OpenVault';
import { appStateQuery } from './queries';
import { SecretsPanel } from './SecretsPanel';
import { VaultReady } from './VaultReady';
import css from './WelcomePage.module.css';

/** The first run: what to begin with at the left, the vault that comes before it at the right. */
export function WelcomePage({ choice: asked }: { choice?: 'open' }) {
  const state = useQuery(appStateQuery()).data;
  const [choice, setChoice] = useState<Choice>(asked ?? 'protect');
  const navigate = useNavigate();
  const sample = useCommand('sample_add', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  if (state === undefined) return null;
  const goOn = () => {
    if (choice === 'sample') sample.mutate({});
    else void navigate({ to: '/connect' });
  };
  const panel = () => {
    if (state.secrets.state !== 'ready') return <SecretsPanel secrets={state.secrets} />;
    if (choice === 'open') return <OpenVault known={state.vault} />;
    if (state.vault !== null)
      return <VaultReady vault={state.vault} choice={choice} isBusy={sample.isPending} onGoOn={goOn} />;
    return <CreateVault state={state} choice={choice} onCreated={goOn} />;
  };
  return (
    <main className={css.welcome}>
      <Choices choice={choice} onChoose={setChoice} />
      <section className={css.right} aria-label={choice === 'open' ? 'Open a vault' : 'Your vault'}>
        <div className={css.inner}>
          {panel()}
          {sample.isError && (
            <div className={css.gap}>
              <ErrorPanel
                error={sample.error}
                title="The sample could not be set up."
                onRetry={() => sample.mutate({})}
              />
            </div>
          )}
        </div>
      </section>
    </main>
  );
}
