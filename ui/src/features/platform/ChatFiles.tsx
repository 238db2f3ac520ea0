import { Button, Modal, PasswordInput } from '@mantine/core';
import { IconDownload, IconSend, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';

import type { AskCommand, PortableView } from '../../ipc/bindings';
import { pickFile, pickSaveFile } from '../../ipc/call';
import { commandQuery, useCommand } from '../../ipc/client';
import { DialogFoot } from '../../shared/DialogFoot';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { bytes } from '../../shared/format';
import { Block, Row, Stack } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import { Section } from '../../shared/PageHeader';
import { StateIcon } from '../../shared/StateIcon';
import { isConfirmed, TypedConfirm } from '../../shared/TypedConfirm';
import chat from './ChatFiles.module.css';
import css from './Platform.module.css';

/** Shorter ones are guessed too soon by whoever reads the chat. */
const PASSPHRASE_MIN = 8;

interface SealedProps {
  title: string;
  /** What the passphrase is for. */
  lead: string;
  act: string;
  /** Asked twice where it seals something new. */
  isNew: boolean;
  path: string | null;
  onPick: () => Promise<void>;
  isPending: boolean;
  error: unknown;
  onRun: (passphrase: string) => void;
  /** The same request, without its passphrase. */
  asked: AskCommand;
  onClose: () => void;
}

/** A file of this computer, chosen in the system's own dialog, and the passphrase that seals it or opens it. */
function SealedDialog({
  title,
  lead,
  act,
  isNew,
  path,
  onPick,
  isPending,
  error,
  onRun,
  asked,
  onClose,
}: SealedProps) {
  const [passphrase, setPassphrase] = useState('');
  const [again, setAgain] = useState('');
  const reason =
    path === null
      ? 'Choose the file first.'
      : passphrase.length < PASSPHRASE_MIN
        ? `The passphrase has at least ${PASSPHRASE_MIN} characters.`
        : isNew && passphrase !== again
          ? 'The two passphrases are not the same yet.'
          : null;
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (reason === null) onRun(passphrase);
  };
  return (
    <Modal opened onClose={onClose} title={title} size="34rem">
      <Stack as="form" gap={5} columns={1} onSubmit={onSubmit}>
        <p className={css.text}>{lead}</p>
        <div className={chat.where}>
          <code>{path ?? 'No file chosen yet'}</code>
          <Button onClick={() => void onPick()} data-testid="chat-file">
            {path === null ? 'Choose…' : 'Change…'}
          </Button>
        </div>
        <PasswordInput
          label="Passphrase"
          value={passphrase}
          onChange={(event) => setPassphrase(event.currentTarget.value)}
          autoComplete="off"
          data-testid="chat-passphrase"
        />
        {isNew && (
          <PasswordInput
            label="The same again"
            value={again}
            onChange={(event) => setAgain(event.currentTarget.value)}
            autoComplete="off"
            data-testid="chat-again"
          />
        )}
        {error !== null && <ErrorPanel error={error as Error} title="It did not start." />}
        <Equivalent asked={asked} />
        <DialogFoot reason={reason}>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="filled"
            disabled={reason !== null}
            loading={isPending}
            data-testid="chat-run"
          >
            {act}
          </Button>
        </DialogFoot>
      </Stack>
    </Modal>
  );
}

type Project = { id: string; name: string };

function SendDialog({ project, onClose }: { project: Project; onClose: () => void }) {
  const navigate = useNavigate();
  const [path, setPath] = useState<string | null>(null);
  const send = useCommand('portable_send', {
    gcTime: 0,
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  return (
    <SealedDialog
      title="Send a file into the chat"
      lead="It goes in sealed parts, which nobody opens without the passphrase. A receipt of it is kept here and in the vault."
      act="Send it"
      isNew
      path={path}
      onPick={async () => setPath((await pickFile('A file to send')) ?? path)}
      isPending={send.isPending}
      error={send.error}
      onRun={(passphrase) =>
        path !== null && send.mutate({ project: project.id, file: path, passphrase, receipt: null })
      }
      asked={{
        of: 'bundle_send',
        request: { project: project.name, file: path ?? 'FILE', passphrase: '', receipt: null },
      }}
      onClose={onClose}
    />
  );
}

function FetchDialog({ project, of, onClose }: { project: Project; of: PortableView; onClose: () => void }) {
  const navigate = useNavigate();
  const [path, setPath] = useState<string | null>(null);
  const fetch = useCommand('portable_fetch', {
    gcTime: 0,
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  return (
    <SealedDialog
      title={`Fetch ${of.name} back`}
      lead="Every part and the whole are held against their checksums; only then the file gets its name."
      act={`Fetch ${bytes(of.sizeBytes)}`}
      isNew={false}
      path={path}
      onPick={async () => setPath((await pickSaveFile('Where the file goes', of.name)) ?? path)}
      isPending={fetch.isPending}
      error={fetch.error}
      onRun={(passphrase) =>
        path !== null && fetch.mutate({ project: project.id, id: of.id, receipt: null, to: path, passphrase })
      }
      asked={{
        of: 'bundle_fetch',
        request: {
          project: project.name,
          id: of.id.slice(0, 8),
          receipt: null,
          to: path ?? 'FILE',
          passphrase: '',
        },
      }}
      onClose={onClose}
    />
  );
}

function ForgetDialog({ project, of, onClose }: { project: Project; of: PortableView; onClose: () => void }) {
  const [typed, setTyped] = useState('');
  const forget = useCommand('portable_delete', { onSuccess: (left) => left.length === 0 && onClose() });
  return (
    <Modal opened onClose={onClose} title={`Delete ${of.name} from the chat`} size="32rem">
      <Stack gap={5} columns={1}>
        <p className={css.text}>Its messages are deleted there. It cannot be brought back.</p>
        <TypedConfirm
          expected={of.name}
          what="its name"
          value={typed}
          onChange={setTyped}
          testId="confirm-forget"
        />
        <Equivalent
          asked={{
            of: 'bundle_forget',
            request: { project: project.name, id: of.id.slice(0, 8), confirm: of.name },
          }}
        />
        {forget.data?.map((left, at) => (
          <p key={at} className={css.text}>
            {left}
          </p>
        ))}
        {forget.error && <ErrorPanel error={forget.error} title="It was not deleted." />}
        <DialogFoot>
          <Button onClick={onClose}>Keep it</Button>
          <Button
            variant="danger-filled"
            disabled={!isConfirmed(of.name, typed)}
            loading={forget.isPending}
            onClick={() => forget.mutate({ project: project.id, id: of.id, confirm: typed })}
            data-testid="forget-file"
          >
            Delete it
          </Button>
        </DialogFoot>
      </Stack>
    </Modal>
  );
}

/** Files that the project's bot keeps in its chat: sent from here, fetched back, deleted. */
export function ChatFiles({ project }: { project: Project }) {
  const { data, error, refetch } = useQuery(commandQuery('portable_list', { project: project.id }));
  const [isSending, setSending] = useState(false);
  const [fetching, setFetching] = useState<PortableView | null>(null);
  const [forgetting, setForgetting] = useState<PortableView | null>(null);
  return (
    <Section title="Files in its chat">
      {error && (
        <ErrorPanel error={error} title="What was sent could not be read." onRetry={() => void refetch()} />
      )}
      {data && data.length === 0 && (
        <p className={css.text}>Nothing was sent that this computer or the vault knows of.</p>
      )}
      {data && data.length > 0 && (
        <Block as="ul" ruled="over" data-testid="chat-files">
          {data.map((file) => (
            <Stack
              as="li"
              key={file.id}
              columns="auto minmax(0, 1fr) auto"
              gap={[2, 3]}
              align="center"
              pad={2.5}
              ruled="under"
              size="sm"
            >
              <StateIcon state={file.gone === null ? 'ok' : 'danger'} size={16} />
              <span>
                <b>{file.name}</b> {bytes(file.sizeBytes)}, sent <Moment ms={file.madeAtMs} />, receipt{' '}
                {file.isInVault ? 'in the vault' : 'on this computer alone'}
                {file.gone !== null && <>; gone: {file.gone}</>}
              </span>
              <Row as="span" gap={2} align="stretch">
                <Button
                  size="xs"
                  leftSection={<IconDownload aria-hidden />}
                  disabled={file.gone !== null}
                  onClick={() => setFetching(file)}
                  aria-label={`Fetch ${file.name} back`}
                >
                  Fetch…
                </Button>
                <Button
                  size="xs"
                  variant="danger"
                  leftSection={<IconTrash aria-hidden />}
                  onClick={() => setForgetting(file)}
                  aria-label={`Delete ${file.name} from the chat`}
                >
                  Delete…
                </Button>
              </Row>
            </Stack>
          ))}
        </Block>
      )}
      {!error && (
        <Block top={3}>
          <Button
            leftSection={<IconSend aria-hidden />}
            onClick={() => setSending(true)}
            data-testid="chat-send"
          >
            Send a file…
          </Button>
        </Block>
      )}
      {isSending && <SendDialog project={project} onClose={() => setSending(false)} />}
      {fetching && <FetchDialog project={project} of={fetching} onClose={() => setFetching(null)} />}
      {forgetting && <ForgetDialog project={project} of={forgetting} onClose={() => setForgetting(null)} />}
    </Section>
  );
}
