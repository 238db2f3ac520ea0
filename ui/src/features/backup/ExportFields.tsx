import { Checkbox, NativeSelect, PasswordInput, TextInput } from '@mantine/core';

import type { PackingView, PartForm, PartView } from '../../ipc/bindings';
import { bytes } from '../../shared/format';
import { Row, Stack, Text } from '../../shared/Layout';
import { Note } from '../../shared/Panel';
import { RadioRows } from '../../shared/RadioRows';
import { Segmented } from '../../shared/Segmented';
import { StateIcon } from '../../shared/StateIcon';
import { nameOfPart, strength, type ExportDraft } from './exportDraft';

interface FieldsProps {
  draft: ExportDraft;
  onChange: (more: Partial<ExportDraft>) => void;
}

const FORMS: readonly { value: PartForm; title: string; detail: string; testId: string }[] = [
  {
    value: 'as_it_is',
    title: 'As pg_dump wrote it',
    detail: 'For pg_restore, which picks what it needs. Nothing is made anew.',
    testId: 'form-dump',
  },
  {
    value: 'sql',
    title: 'One SQL script',
    detail: 'For psql, and for reading. pg_restore makes it.',
    testId: 'form-sql',
  },
  {
    value: 'tar',
    title: 'SQL in a tar',
    detail: 'Roles, schema, data and indexes as scripts of their own, loaded in that order.',
    testId: 'form-tar',
  },
  {
    value: 'json',
    title: 'Rows as JSON',
    detail: 'A file for each table, an object on each line, and a manifest with columns and checksums.',
    testId: 'form-json',
  },
];

/** Which part, and in which form. */
export function PartFields({ draft, parts, onChange }: FieldsProps & { parts: readonly PartView[] }) {
  return (
    <>
      <NativeSelect
        label="Part"
        value={draft.part}
        onChange={(event) => onChange({ part: event.currentTarget.value })}
        data={parts.map((part) => ({
          value: nameOfPart(part),
          label: `${nameOfPart(part)}, ${bytes(part.sizeBytes)}`,
        }))}
        data-testid="export-which"
      />
      {draft.part === 'database' && (
        <div>
          <RadioRows
            label="Form"
            name="export-form"
            value={draft.form}
            onChange={(form) => onChange({ form })}
            rows={FORMS.map((row) => ({
              ...row,
              fields: fieldsOf(row.value, { draft, onChange }),
            }))}
          />
        </div>
      )}
    </>
  );
}

function fieldsOf(form: PartForm, props: FieldsProps) {
  if (form === 'as_it_is') return undefined;
  return form === 'json' ? <TableFields {...props} /> : <SqlFields {...props} />;
}

/** Which tables. */
function TableFields({ draft, onChange }: FieldsProps) {
  return (
    <TextInput
      label="Only these tables"
      placeholder="all of them"
      description="As schema.name, between commas: public.users, shop.*"
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      value={draft.tables}
      onChange={(event) => onChange({ tables: event.currentTarget.value })}
      autoComplete="off"
      spellCheck={false}
      data-testid="export-tables"
    />
  );
}

function SqlFields({ draft, onChange }: FieldsProps) {
  return (
    <>
      {draft.form === 'sql' && (
        <Checkbox
          label="Begin by dropping what it makes"
          description="For a database that is there: its tables of these names are lost when the script runs."
          checked={draft.clean}
          onChange={(event) => onChange({ clean: event.currentTarget.checked })}
          data-testid="export-clean"
        />
      )}
      <Checkbox
        label="Leave out who owns what"
        checked={draft.noOwner}
        onChange={(event) => onChange({ noOwner: event.currentTarget.checked })}
        data-testid="export-no-owner"
      />
    </>
  );
}

const PACKINGS: readonly { value: PackingView; label: string; testId: string }[] = [
  { value: 'zstd', label: 'zstd', testId: 'pack-zstd' },
  { value: 'gzip', label: 'gzip', testId: 'pack-gzip' },
  { value: 'none', label: 'Not packed', testId: 'pack-none' },
];

const PACKING_MEANS: Record<PackingView, string> = {
  zstd: 'Small and fast.',
  gzip: 'Larger and slower; every computer opens it.',
  none: 'As large as the backup.',
};

/** How it is packed. */
export function PackingField({ draft, onChange }: FieldsProps) {
  return (
    <div>
      <Text as="span" block bottom={1} size="sm" weight="medium">
        Packed with
      </Text>
      <Row gap={3} wraps>
        <Segmented
          label="Packed with"
          value={draft.packing}
          options={PACKINGS}
          onChange={(packing) => onChange({ packing })}
        />
        <Text as="span" tone="quiet" size="sm">
          {PACKING_MEANS[draft.packing]}
        </Text>
      </Row>
    </div>
  );
}

/** Encrypted or not; without a passphrase it says what that means. */
export function SealFields({ draft, onChange }: FieldsProps) {
  const { word, state } = strength(draft.passphrase.length);
  const differs = draft.again !== '' && draft.again !== draft.passphrase;
  return (
    <Stack gap={3}>
      <Checkbox
        label="Encrypt with a passphrase"
        checked={draft.isEncrypted}
        onChange={(event) => onChange({ isEncrypted: event.currentTarget.checked })}
        data-testid="export-encrypt"
      />
      {draft.isEncrypted ? (
        <>
          <Stack gap={3} columns={2} align="start">
            <PasswordInput
              label="Passphrase"
              value={draft.passphrase}
              onChange={(event) => onChange({ passphrase: event.currentTarget.value })}
              autoComplete="new-password"
              data-testid="export-passphrase"
            />
            <PasswordInput
              label="The same again"
              value={draft.again}
              onChange={(event) => onChange({ again: event.currentTarget.value })}
              error={differs && draft.again.length >= draft.passphrase.length ? 'Not the same.' : undefined}
              autoComplete="new-password"
              data-testid="export-again"
            />
          </Stack>
          <Row as="p" gap={1.5} sign={0.75} align="start" tone="soft" size="sm" data-testid="export-strength">
            {draft.passphrase !== '' && <StateIcon state={state} size={14} />}
            <span>
              {draft.passphrase === ''
                ? 'A few unrelated words are good. It opens with age alone; without the passphrase nobody reads it, and nobody can reset it.'
                : word}
            </span>
          </Row>
        </>
      ) : (
        <Note state="warn" title="The file will hold all data in clear text." testId="export-clear">
          <p>Whoever has it can read every row. The vault is encrypted; this file is not.</p>
        </Note>
      )}
    </Stack>
  );
}
