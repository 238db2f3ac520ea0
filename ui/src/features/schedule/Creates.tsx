import { Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { CreatesView } from '../../ipc/bindings';
import { commandQuery } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { LoadingLines } from '../../shared/LoadingLines';
import { FORMATS, kindsOf } from '../../shared/platforms';
import { newCreates } from './draft';
import css from './Schedule.module.css';

const HOUR_MS = 3_600_000;
const RANGES = [
  { value: String(HOUR_MS), label: 'hour' },
  { value: String(24 * HOUR_MS), label: 'day' },
  { value: String(7 * 24 * HOUR_MS), label: '7 days' },
  { value: String(31 * 24 * HOUR_MS), label: '31 days' },
];

type Props = { project: string; creates: CreatesView; onChange: (creates: CreatesView) => void };

/** What the platform makes before it is fetched: the kinds and options are those that it offers. */
export function Creates({ project, creates, onChange }: Props) {
  const { data, error, refetch } = useQuery({
    ...commandQuery('platform_show', { project }),
    refetchOnWindowFocus: false,
  });
  const set = (part: Partial<CreatesView>) => onChange({ ...creates, ...part });
  if (error)
    return (
      <ErrorPanel
        error={error}
        title="What its platform offers could not be asked."
        onRetry={() => void refetch()}
      />
    );
  if (!data) return <LoadingLines what="what its platform offers" />;
  const kinds = kindsOf(data);
  const formats = FORMATS[creates.kind];
  const ranges =
    creates.rangeMs === null || RANGES.some(({ value }) => value === String(creates.rangeMs))
      ? RANGES
      : [...RANGES, { value: String(creates.rangeMs), label: `${creates.rangeMs / HOUR_MS} hours` }];
  if (kinds.length === 0)
    return <p className={css.quietly}>{data.platform} names no kind of backup that can be started.</p>;
  return (
    <fieldset className={css.waits}>
      <legend>{data.platform} makes</legend>
      <div className={css.quiet}>
        <NativeSelect
          label="Kind"
          value={creates.kind}
          data={[{ value: '', label: 'Choose…', disabled: true }, ...kinds]}
          onChange={(event) =>
            onChange({
              ...newCreates(event.currentTarget.value),
              encrypt: creates.encrypt,
              compress: creates.compress,
              notifyEmail: creates.notifyEmail,
            })
          }
          data-testid="creates-kind"
        />
        {formats && (
          <NativeSelect
            label="Format"
            value={creates.format ?? ''}
            data={formats}
            onChange={(event) => set({ format: event.currentTarget.value || null })}
          />
        )}
        {creates.kind === 'logs' && (
          <NativeSelect
            label="Of the last"
            value={String(creates.rangeMs)}
            data={ranges}
            onChange={(event) => set({ rangeMs: Number(event.currentTarget.value) })}
          />
        )}
      </div>
      <Checkbox
        label="Compress it, where there is a choice"
        checked={creates.compress}
        onChange={(event) => set({ compress: event.currentTarget.checked })}
      />
      <Checkbox
        label="Let the platform encrypt it"
        description={
          data.hasPassphrase
            ? 'The stored passphrase opens it here.'
            : 'Store the passphrase that opens it first, on the page of the platform.'
        }
        disabled={!data.hasPassphrase && !creates.encrypt}
        checked={creates.encrypt}
        onChange={(event) => set({ encrypt: event.currentTarget.checked })}
        data-testid="creates-encrypt"
      />
      <TextInput
        label="E-mail that the platform tells"
        type="email"
        value={creates.notifyEmail ?? ''}
        onChange={(event) => set({ notifyEmail: event.currentTarget.value.trim() || null })}
      />
      <p>Then it comes here with all that is not here yet: what the platform deletes first comes first.</p>
    </fieldset>
  );
}
