import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';

import type { Appearance, AppState, SecretsView, SettingsView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { Chip } from '../../shared/Chip';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { KeyValue } from '../../shared/KeyValue';
import { LoadingLines } from '../../shared/LoadingLines';
import { Page, PageHeader } from '../../shared/PageHeader';
import { Segmented } from '../../shared/Segmented';
import { AlonePart } from './AlonePart';
import { DoctorPart, doctorSentence } from './DoctorPart';
import { NotifyPart } from './NotifyPart';
import { After, Part } from './Part';
import { appStateQuery, doctorQuery } from './queries';
import { ReplicaPart } from './ReplicaPart';
import { ScratchPart } from './ScratchPart';
import classes from './SettingsPage.module.css';
import { ToolsPart } from './ToolsPart';
import { useLedTo } from './useLedTo';
import { VaultPart } from './VaultPart';

const APPEARANCES: readonly { value: Appearance; label: string }[] = [
  { value: 'system', label: 'As the system' },
  { value: 'light', label: 'Light' },
  { value: 'dark', label: 'Dark' },
];

function AppearancePart({ settings }: { settings: SettingsView }) {
  const set = useCommand('settings_set');
  const shown = set.isPending ? set.variables.appearance : settings.appearance;
  return (
    <Part id="appearance" title="Appearance" hint="Light or dark, or as the system changes.">
      <Segmented
        label="Appearance"
        value={shown}
        options={APPEARANCES}
        onChange={(appearance) => set.mutate({ ...settings, appearance })}
      />
      {set.error && (
        <After>
          <ErrorPanel error={set.error} title="The appearance could not be saved." />
        </After>
      )}
    </Part>
  );
}

const SECRETS_WORDS: Record<SecretsView['state'], { words: string; state: 'ok' | 'warn' | 'danger' }> = {
  ready: { words: 'ready', state: 'ok' },
  locked: { words: 'locked', state: 'warn' },
  unavailable: { words: 'not available', state: 'danger' },
};

function SecretsPart({ secrets }: { secrets: SecretsView }) {
  const { words, state } = SECRETS_WORDS[secrets.state];
  return (
    <Part
      id="secrets"
      title="Secrets"
      hint="Passwords and the key of the vault. Never in the catalogue, a log or an argument of a program."
    >
      <KeyValue
        rows={[
          {
            name: 'Kept in',
            value: (
              <span className={classes.line}>
                {secrets.place === 'keychain'
                  ? 'the keychain of this computer'
                  : 'a file sealed with your passphrase'}{' '}
                <Chip state={state}>{words}</Chip>
              </span>
            ),
            note: secrets.hint ?? undefined,
          },
          ...(secrets.path ? [{ name: 'File', value: <code>{secrets.path}</code> }] : []),
        ]}
      />
    </Part>
  );
}

function Parts({ app }: { app: AppState }) {
  const parts = useRef<HTMLDivElement>(null);
  useLedTo(parts);
  return (
    <div className={classes.parts} ref={parts}>
      <DoctorPart />
      <AlonePart />
      <AppearancePart settings={app.settings} />
      {app.vault && <VaultPart vault={app.vault} />}
      {app.vault && <ReplicaPart />}
      <SecretsPart secrets={app.secrets} />
      <NotifyPart />
      <ToolsPart settings={app.settings} />
      <ScratchPart />
      <Part id="about" title="About" hint="Verified, restorable copies of your projects.">
        <KeyValue
          rows={[
            { name: 'Version', value: `Holdfast ${app.version}` },
            { name: 'Profile', value: <code>{app.profile}</code> },
          ]}
        />
      </Part>
    </div>
  );
}

/** What is set up on this computer, and whether it works. */
export function SettingsPage() {
  const { data, error, refetch } = useQuery(appStateQuery());
  const { data: report } = useQuery(doctorQuery());
  return (
    <Page>
      <PageHeader title={doctorSentence(report)} lead="Settings of Holdfast on this computer." />
      {data && <Parts app={data} />}
      {!data &&
        (error ? (
          <ErrorPanel error={error} title="The settings could not be read." onRetry={() => void refetch()} />
        ) : (
          <LoadingLines what="the settings" />
        ))}
    </Page>
  );
}
