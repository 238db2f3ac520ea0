import { Button, Modal, PasswordInput, TextInput } from '@mantine/core';
import { IconFile, IconFolder, IconPlus, IconX } from '@tabler/icons-react';
import { useState, type FormEvent, type ReactNode } from 'react';

import { pickFile, pickFiles, pickFolder } from '../../ipc/call';
import { useCommand } from '../../ipc/client';
import { DialogFoot } from '../../shared/DialogFoot';
import { Equivalent, hidden } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { FieldRow, Row, Stack, Text } from '../../shared/Layout';
import { RadioRows } from '../../shared/RadioRows';
import { Segmented } from '../../shared/Segmented';
import {
  KINDS,
  missing,
  newDraft,
  requestOf,
  type ComponentDraft,
  type ComponentKind,
  type Where,
} from './draft';

interface FieldsProps {
  draft: ComponentDraft;
  onChange: (change: Partial<ComponentDraft>) => void;
}

/** Folders and files that were chosen in the system's dialog. */
function Paths({ draft, onChange }: FieldsProps) {
  const isMany = draft.kind === 'configuration';
  const take = (paths: readonly string[]) =>
    onChange({ paths: isMany ? [...new Set([...draft.paths, ...paths])] : paths.slice(0, 1) });
  const folder = async () => {
    const chosen = await pickFolder('What is to be backed up');
    if (chosen !== null) take([chosen]);
  };
  return (
    <Stack gap={2}>
      {draft.paths.map((path) => (
        <Row key={path} gap={2} align="center">
          <Text as="code" size="sm" fills breaks data-testid="chosen-path">
            {path}
          </Text>
          <Button
            size="xs"
            variant="subtle"
            aria-label={`Leave ${path} out`}
            onClick={() => onChange({ paths: draft.paths.filter((one) => one !== path) })}
          >
            <IconX size={16} aria-hidden />
          </Button>
        </Row>
      ))}
      <Row gap={2} align="stretch" wraps>
        <Button
          leftSection={<IconFolder aria-hidden />}
          onClick={() => void folder()}
          data-testid="choose-folder"
        >
          {draft.paths.length === 0 || isMany ? 'Choose a folder…' : 'Choose another folder…'}
        </Button>
        {isMany && (
          <Button
            leftSection={<IconFile aria-hidden />}
            onClick={() => void pickFiles('Files of the configuration').then(take)}
            data-testid="choose-files"
          >
            Choose files…
          </Button>
        )}
      </Row>
      {isMany && <Called />}
    </Stack>
  );
}

type TextOf =
  | 'name'
  | 'table'
  | 'column'
  | 'url'
  | 'bucket'
  | 'prefix'
  | 'endpoint'
  | 'region'
  | 'accessKey'
  | 'folder'
  | 'container'
  | 'account'
  | 'key'
  | 'hostKey';

/** A text of the draft. */
function Field({
  draft,
  onChange,
  of,
  label,
  placeholder,
  description,
  testId,
}: FieldsProps & {
  of: TextOf;
  label: string;
  placeholder?: string;
  description?: string;
  testId: string;
}) {
  return (
    <TextInput
      label={label}
      placeholder={placeholder}
      description={description}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      value={draft[of]}
      onChange={(event) => onChange({ [of]: event.currentTarget.value })}
      autoComplete="off"
      spellCheck={false}
      data-testid={testId}
    />
  );
}

function SecretField({
  draft,
  onChange,
  label,
  placeholder,
  testId,
}: FieldsProps & { label: string; placeholder?: string; testId: string }) {
  return (
    <PasswordInput
      label={label}
      placeholder={placeholder}
      value={draft.password}
      onChange={(event) => onChange({ password: event.currentTarget.value })}
      autoComplete="off"
      data-testid={testId}
    />
  );
}

function Table(props: FieldsProps) {
  return (
    <Stack gap={3} columns="minmax(0, 1.6fr) minmax(0, 1fr)" align="start">
      <Field {...props} of="table" label="Table" placeholder="public.project_logs" testId="log-table" />
      <Field {...props} of="column" label="Column with the time" testId="log-column" />
    </Stack>
  );
}

function Server(props: FieldsProps) {
  return (
    <Stack gap={3} columns="minmax(0, 1.6fr) minmax(0, 1fr)" align="start">
      <Field
        {...props}
        of="url"
        label="Server"
        placeholder="redis://cache.example:6379"
        description="rediss:// where it is encrypted. It takes the way of the database: by SSH where that does."
        testId="redis-url"
      />
      <Stack gap={3}>
        <SecretField {...props} label="Password" placeholder="none" testId="redis-password" />
        <Field
          {...props}
          of="container"
          label="In the container"
          placeholder="none"
          description="Reached by docker exec, without a port."
          testId="redis-container"
        />
      </Stack>
    </Stack>
  );
}

function Bucket(props: FieldsProps) {
  return (
    <Stack gap={3}>
      <Stack gap={3} columns="minmax(0, 1fr) minmax(0, 1fr)" align="start">
        <Field {...props} of="bucket" label="Bucket" placeholder="shop-uploads" testId="bucket-bucket" />
        <Field
          {...props}
          of="prefix"
          label="Only names that begin with"
          placeholder="all of them"
          testId="bucket-prefix"
        />
      </Stack>
      <Stack gap={3} columns="minmax(0, 1.6fr) minmax(0, 1fr)" align="start">
        <Field
          {...props}
          of="endpoint"
          label="Store"
          placeholder="https://s3.eu-central-1.amazonaws.com"
          testId="bucket-endpoint"
        />
        <Field {...props} of="region" label="Region" placeholder="us-east-1" testId="bucket-region" />
      </Stack>
      <Stack gap={3} columns="minmax(0, 1fr) minmax(0, 1fr)" align="start">
        <Field
          {...props}
          of="accessKey"
          label="Access key"
          placeholder="none, nothing is signed"
          testId="bucket-accessKey"
        />
        <SecretField {...props} label="Its secret" testId="bucket-secret" />
      </Stack>
    </Stack>
  );
}

/** Every bucket of a Supabase project. */
function SupabaseStorage(props: FieldsProps) {
  return (
    <Stack gap={3}>
      <Field
        {...props}
        of="url"
        label="Project"
        placeholder="https://abcdefghijklmnopqrst.supabase.co"
        description="Of a self-hosted project, the address of its API. Where only the server of the database sees it, SSH leads there."
        testId="storage-url"
      />
      <SecretField
        {...props}
        label="Service key"
        placeholder="service_role or sb_secret_…"
        testId="storage-key"
      />
      <Text tone="quiet" size="sm" leading={1.45}>
        All buckets are taken, new ones too, with the type of each file, its cache control and its notes. In a
        backup with the database, the rows of that moment say what belongs to it.
      </Text>
    </Stack>
  );
}

/** What signs in on an SSH server, where it is another account than the database's. */
function OtherAccount(props: FieldsProps) {
  const { draft, onChange } = props;
  const isOther = draft.account.trim() !== '';
  const choose = async () => {
    const file = await pickFile('Private key');
    if (file !== null) onChange({ key: file });
  };
  if (!isOther) return null;
  return (
    <>
      <FieldRow>
        <Field
          {...props}
          of="key"
          label="Private key, if it is not the agent’s or the usual one"
          testId="server-key"
        />
        <Button onClick={() => void choose()}>Choose…</Button>
      </FieldRow>
      <SecretField
        {...props}
        label={
          draft.key.trim() === ''
            ? 'Password there, if no key signs in'
            : 'Passphrase of the key, if it has one'
        }
        testId="server-secret"
      />
      <Field
        {...props}
        of="hostKey"
        label="Fingerprint of the server’s key"
        placeholder="SHA256:…"
        description="Needed if the server is not in your known_hosts. Compare it with the server’s own."
        testId="server-host-key"
      />
    </>
  );
}

/** A folder of an SSH server. */
function ServerFolder(props: FieldsProps) {
  return (
    <Stack gap={3}>
      <Stack gap={3} columns="minmax(0, 1.4fr) minmax(0, 1fr)" align="start">
        <Field
          {...props}
          of="folder"
          label="Folder there"
          placeholder="/srv/shop/uploads"
          testId="server-folder"
        />
        <Field
          {...props}
          of="account"
          label="SSH account"
          placeholder="the one of the database"
          testId="server-account"
        />
      </Stack>
      <OtherAccount {...props} />
      {props.draft.kind === 'configuration' && <Called />}
    </Stack>
  );
}

/** What a container prints: on the database's SSH server, on another one, or here. */
function ContainerLog(props: FieldsProps) {
  return (
    <Stack gap={3}>
      <Stack gap={3} columns="minmax(0, 1fr) minmax(0, 1.2fr)" align="start">
        <Field {...props} of="container" label="Container" placeholder="shop-api" testId="log-container" />
        <Field
          {...props}
          of="account"
          label="SSH account"
          placeholder="the database’s, or here"
          testId="server-account"
        />
      </Stack>
      <OtherAccount {...props} />
    </Stack>
  );
}

/** What of a folder is configuration. */
function Called() {
  return (
    <Text tone="quiet" size="sm" leading={1.45}>
      Of a folder is taken what is called like configuration: .env*, *.yml, *.toml, *.conf, certificates and
      keys.
    </Text>
  );
}

const WHERE: Record<Where, { label: string; Body: (props: FieldsProps) => ReactNode }> = {
  folder: { label: 'This computer', Body: Paths },
  server: { label: 'A server, by SSH', Body: ServerFolder },
  bucket: { label: 'A bucket, by S3', Body: Bucket },
  supabase: { label: 'Supabase', Body: SupabaseStorage },
  table: { label: 'A table of the database', Body: Table },
  container: { label: 'A container', Body: ContainerLog },
};

const PLACES: Record<ComponentKind, readonly Where[]> = {
  files: ['folder', 'server', 'bucket', 'supabase'],
  configuration: ['folder', 'server'],
  redis: [],
  logs: ['table', 'folder', 'server', 'container'],
};

function Fields(props: FieldsProps) {
  const { draft, onChange } = props;
  if (draft.kind === 'redis') return <Server {...props} />;
  const { Body } = WHERE[draft.where];
  return (
    <Stack gap={4}>
      <Segmented
        label="Where it is"
        value={draft.where}
        options={PLACES[draft.kind].map((where) => ({
          value: where,
          label: WHERE[where].label,
          testId: `where-${where}`,
        }))}
        onChange={(where) => onChange({ where, paths: [], password: '' })}
      />
      <Body {...props} />
    </Stack>
  );
}

interface AddComponentProps {
  project: { id: string; name: string; hasDatabase: boolean };
  /** What the dialog begins with. */
  first?: ComponentDraft;
  onClose: () => void;
  onAdded: (name: string) => void;
}

/** Adds what a project has beside its database. */
export function AddComponentDialog({ project, first, onClose, onAdded }: AddComponentProps) {
  const [draft, setDraft] = useState(() => first ?? newDraft('files'));
  const change = (part: Partial<ComponentDraft>) => setDraft((known) => ({ ...known, ...part }));
  const add = useCommand('component_add', { onSuccess: ({ name }) => onAdded(name) });
  const reason = missing(draft);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (reason === null) add.mutate(requestOf(project.id, draft));
  };
  const asked = requestOf(project.name, draft);
  return (
    <Modal opened onClose={onClose} title={`Back up more of ${project.name}`} size="40rem">
      <form onSubmit={submit}>
        <Stack gap={5} columns={1}>
          <RadioRows<ComponentKind>
            label="What it is"
            name="component-kind"
            isFirst
            value={draft.kind}
            rows={KINDS.map(({ kind, title, what }) => ({
              value: kind,
              title,
              detail: what,
              testId: `kind-${kind}`,
              fields: kind === draft.kind ? <Fields draft={draft} onChange={change} /> : undefined,
            }))}
            onChange={(kind) =>
              setDraft(newDraft(kind, kind === 'logs' && project.hasDatabase ? 'table' : 'folder'))
            }
          />
          <Field
            draft={draft}
            onChange={change}
            of="name"
            label="Name"
            placeholder="taken from the place"
            testId="component-name"
          />
          {add.error && <ErrorPanel error={add.error} title="It is not added." />}
          {reason === null && (
            <Equivalent
              asked={{ of: 'component_add', request: { ...asked, password: hidden(asked.password) } }}
            />
          )}
          <DialogFoot reason={reason}>
            <Button onClick={onClose}>Cancel</Button>
            <Button
              type="submit"
              variant="filled"
              leftSection={<IconPlus aria-hidden />}
              loading={add.isPending}
              disabled={reason !== null}
              data-testid="add-component"
            >
              Add it
            </Button>
          </DialogFoot>
        </Stack>
      </form>
    </Modal>
  );
}
