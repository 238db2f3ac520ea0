import { Button, Modal, PasswordInput, TextInput } from '@mantine/core';
import { IconFile, IconFolder, IconPlus, IconX } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';

import { pickFiles, pickFolder } from '../../ipc/call';
import { useCommand } from '../../ipc/client';
import { DialogFoot } from '../../shared/DialogFoot';
import { Equivalent, hidden } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Row, Stack, Text } from '../../shared/Layout';
import { RadioRows } from '../../shared/RadioRows';
import { Segmented } from '../../shared/Segmented';
import { KINDS, missing, newDraft, requestOf, type ComponentDraft, type ComponentKind } from './draft';

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
      {isMany && (
        <Text tone="quiet" size="sm" leading={1.45}>
          Of a folder is taken what is called like configuration: .env*, *.yml, *.toml, *.conf, certificates
          and keys. Files are taken as they are named.
        </Text>
      )}
    </Stack>
  );
}

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
  of: 'name' | 'table' | 'column' | 'url' | 'bucket' | 'prefix' | 'endpoint' | 'region' | 'accessKey';
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
      <SecretField {...props} label="Password" placeholder="none" testId="redis-password" />
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

function Fields(props: FieldsProps) {
  const { draft, onChange } = props;
  if (draft.kind === 'redis') return <Server {...props} />;
  if (draft.kind === 'files')
    return (
      <Stack gap={4}>
        <Segmented
          label="Where the files are"
          value={draft.isBucket ? 'bucket' : 'folder'}
          options={[
            { value: 'folder', label: 'A folder of this computer' },
            { value: 'bucket', label: 'A bucket, by S3', testId: 'files-in-bucket' },
          ]}
          onChange={(value) => onChange({ isBucket: value === 'bucket', password: '' })}
        />
        {draft.isBucket ? <Bucket {...props} /> : <Paths {...props} />}
      </Stack>
    );
  if (draft.kind !== 'logs') return <Paths {...props} />;
  return (
    <Stack gap={4}>
      <Segmented
        label="Where the logs are"
        value={draft.isTable ? 'table' : 'folder'}
        options={[
          { value: 'table', label: 'A table of the database' },
          { value: 'folder', label: 'Files of a folder' },
        ]}
        onChange={(value) => onChange({ isTable: value === 'table', paths: [] })}
      />
      {draft.isTable ? <Table {...props} /> : <Paths {...props} />}
    </Stack>
  );
}

interface AddComponentProps {
  project: { id: string; name: string; hasDatabase: boolean };
  onClose: () => void;
  onAdded: (name: string) => void;
}

/** Adds what a project has beside its database. */
export function AddComponentDialog({ project, onClose, onAdded }: AddComponentProps) {
  const [draft, setDraft] = useState(() => ({ ...newDraft('files'), isTable: project.hasDatabase }));
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
            onChange={(kind) => setDraft({ ...newDraft(kind), isTable: project.hasDatabase })}
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
