import { Button } from '@mantine/core';
import { IconCloudUp, IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { PlatformView, ProjectRow } from '../../ipc/bindings';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { KeyValue } from '../../shared/KeyValue';
import { Block, Row, Stack, Text, WithAside } from '../../shared/Layout';
import { LinkButton } from '../../shared/LinkButton';
import { LoadingLines } from '../../shared/LoadingLines';
import { Moment } from '../../shared/Moment';
import { Section } from '../../shared/PageHeader';
import { Note } from '../../shared/Panel';
import { useNow } from '../../shared/useNow';
import { Words } from '../../shared/Words';
import { CreateDialog } from './CreateDialog';
import css from './Platform.module.css';
import { ChatFiles } from './ChatFiles';
import { LogsDialog } from './LogsDialog';
import { NewProjectDialog } from './NewProjectDialog';
import { PassphraseDialog } from './PassphraseDialog';
import { platformQuery } from './queries';
import { RemoteList } from './RemoteList';
import { RemotePlanDialog, type Planned } from './RemotePlanDialog';
import { ScheduleDialog } from './ScheduleDialog';
import { ThereActs } from './ThereActs';
import { kindsOf, whyNot } from '../../shared/platforms';
import { heroSentence, scheduleWords } from './words';

/** Where the platform's own words end and ours begin has to be seen: what it says is a claim. */
function Facts({ view, onPassphrase }: { view: PlatformView; onPassphrase: () => void }) {
  const noSchedule = whyNot(view, 'read_schedule');
  return (
    <KeyValue
      rows={[
        {
          name: 'Project there',
          value: view.remoteName,
          note: view.remoteStatus === null ? undefined : `${view.remoteStatus}, it says`,
        },
        { name: 'Signed in as', value: view.account ?? 'a token', note: view.role ?? undefined },
        ...(view.tokenExpiresAtMs === null
          ? []
          : [{ name: 'Sign-in ends', value: <Moment ms={view.tokenExpiresAtMs} /> }]),
        {
          name: 'Schedule',
          value: view.schedule === null ? 'not known' : scheduleWords(view.schedule),
          note: view.schedule === null ? (noSchedule ?? 'It says none.') : undefined,
        },
        {
          name: 'Passphrase',
          value: (
            <Button size="xs" onClick={onPassphrase} data-testid="set-passphrase">
              {view.hasPassphrase ? 'Stored. Change it…' : 'Store it…'}
            </Button>
          ),
          note: view.hasPassphrase ? 'opens what it encrypts, also by itself' : 'for what it encrypts',
        },
        ...view.statistics.map(({ name, value }) => ({ name, value })),
      ]}
    />
  );
}

type Asked = 'create' | 'new_project' | 'schedule' | 'logs' | 'passphrase' | null;

function Loaded({
  view,
  project,
  isAsking,
  onAgain,
}: {
  view: PlatformView;
  project: ProjectRow;
  isAsking: boolean;
  onAgain: () => void;
}) {
  const now = useNow();
  const [asked, setAsked] = useState<Asked>(null);
  const [planned, setPlanned] = useState<Planned | null>(null);
  const canCreate = kindsOf(view).length > 0;
  const expiring = view.backups.filter((backup) => backup.isExpiring).length;
  const close = () => setAsked(null);
  return (
    <>
      <div className={css.hero}>
        <div>
          <p className={css.sentence} data-testid="platform-sentence">
            {heroSentence(view, now)}
          </p>
          {!canCreate && (
            <Text top={1} tone="quiet" size="xs">
              {whyNot(view, 'create') ?? `${view.platform} names no kind of backup that can be started.`}
            </Text>
          )}
        </div>
        <Row gap={2} align="stretch" keeps>
          <Button
            leftSection={<IconRefresh aria-hidden />}
            loading={isAsking}
            onClick={onAgain}
            data-testid="ask-again"
          >
            Ask again
          </Button>
          <Button
            leftSection={<IconCloudUp aria-hidden />}
            disabled={!canCreate}
            onClick={() => setAsked('create')}
            data-testid="create-there"
          >
            Back it up there…
          </Button>
        </Row>
      </div>
      {expiring > 0 && (
        <Block top={4}>
          <Note
            state="warn"
            title={
              expiring === 1
                ? 'One backup goes within 7 days and is not here.'
                : `${expiring} backups go within 7 days and are not here.`
            }
          >
            {view.platform} deletes {expiring === 1 ? 'it' : 'them'} by itself. Pull{' '}
            {expiring === 1 ? 'it' : 'them'} to keep {expiring === 1 ? 'it' : 'them'}.
          </Note>
        </Block>
      )}
      {view.notes.length > 0 && (
        <Block top={4}>
          <Note state="warn" title="What is odd there" testId="platform-notes">
            {view.notes.map((note, at) => (
              <p key={at}>
                <Words text={note} />
              </p>
            ))}
          </Note>
        </Block>
      )}
      <RemoteList view={view} project={project} />
      <WithAside width={22} gap={12} head={3} top={8}>
        <section>
          <h2>{view.platform}</h2>
          <Facts view={view} onPassphrase={() => setAsked('passphrase')} />
        </section>
        <section>
          <h2>What it can be asked</h2>
          <ThereActs
            view={view}
            project={project.id}
            onSchedule={() => setAsked('schedule')}
            onLogs={() => setAsked('logs')}
            onNewProject={() => setAsked('new_project')}
            onPlan={setPlanned}
          />
        </section>
      </WithAside>
      {project.platform === 'telegram_platform' && <ChatFiles project={project} />}
      <Section title="The same on the command line">
        <Stack gap={2}>
          <Equivalent asked={{ of: 'platform_show', request: { project: project.name } }} />
          <Equivalent
            asked={{
              of: 'pull',
              request: {
                project: project.name,
                ids: [],
                all: false,
                passphrase: null,
                streams: null,
                bytesPerSecond: null,
              },
            }}
          />
        </Stack>
      </Section>
      {asked === 'create' && <CreateDialog project={project} view={view} onClose={close} />}
      {asked === 'new_project' && <NewProjectDialog project={project} view={view} onClose={close} />}
      {asked === 'logs' && <LogsDialog project={project} view={view} onClose={close} />}
      {asked === 'schedule' && <ScheduleDialog project={project} view={view} onClose={close} />}
      {asked === 'passphrase' && <PassphraseDialog project={project} view={view} onClose={close} />}
      {planned && (
        <RemotePlanDialog
          project={project}
          platform={view.platform}
          planned={planned}
          onClose={() => setPlanned(null)}
        />
      )}
    </>
  );
}

/** A project at its platform: what it has, what of it is here, and what can be asked of it. */
export function PlatformPanel({ project }: { project: ProjectRow }) {
  const { data, error, isFetching, refetch } = useQuery(platformQuery(project.id));
  const again = () => void refetch();
  return (
    <Block top={5}>
      {error && (
        <Block top={4}>
          <ErrorPanel
            error={error}
            title={data ? 'What you see may be out of date.' : 'Its platform could not be asked.'}
            onRetry={again}
          >
            <LinkButton to="/project/$id/edit" params={{ id: project.id }} search={{ side: 'platform' }}>
              Change the connection
            </LinkButton>
          </ErrorPanel>
        </Block>
      )}
      {!data && !error && <LoadingLines what="what its platform has" />}
      {data && <Loaded view={data} project={project} isAsking={isFetching} onAgain={again} />}
    </Block>
  );
}
