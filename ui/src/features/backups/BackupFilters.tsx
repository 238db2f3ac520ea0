import { Button, Select } from '@mantine/core';
import { IconAdjustmentsHorizontal } from '@tabler/icons-react';

import type { BackupKindView, ProofSiftView } from '../../ipc/bindings';
import { BLANK, filtersSet, type Draft } from './backupFilter';
import classes from './BackupFilters.module.css';

const KINDS: { value: BackupKindView; label: string }[] = [
  { value: 'own', label: 'Made by Holdfast' },
  { value: 'pulled', label: 'Pulled from a platform' },
  { value: 'imported', label: 'Imported files' },
];

const PROOFS: { value: ProofSiftView; label: string }[] = [
  { value: 'bytes', label: 'Bytes, or more' },
  { value: 'readable', label: 'Readable, or more' },
  { value: 'restored', label: 'Restored' },
  { value: 'never', label: 'Not proven' },
  { value: 'failed', label: 'Failed last time' },
];

const COMPONENTS = [
  { value: 'database', label: 'Database' },
  { value: 'storage', label: 'Files' },
  { value: 'config', label: 'Configuration' },
  { value: 'redis', label: 'Redis' },
  { value: 'logs', label: 'Logs' },
] as const;

/** Shows the filters, and says how many are set. */
export function FiltersButton({
  draft,
  isOpen,
  onToggle,
}: {
  draft: Draft;
  isOpen: boolean;
  onToggle: () => void;
}) {
  const set = filtersSet(draft);
  return (
    <Button
      size="xs"
      leftSection={<IconAdjustmentsHorizontal aria-hidden />}
      aria-expanded={isOpen}
      aria-controls="backup-filters"
      onClick={onToggle}
      data-testid="backup-filters-toggle"
    >
      Filters{set > 0 && ` (${set})`}
    </Button>
  );
}

interface BackupFiltersProps {
  draft: Draft;
  onChange: (part: Partial<Draft>) => void;
}

/** How they came, what they hold, how far they are proven, and when: a row of fields above the list. */
export function BackupFilters({ draft, onChange }: BackupFiltersProps) {
  const toggle = (component: string) =>
    onChange({
      holds: draft.holds.includes(component)
        ? draft.holds.filter((one) => one !== component)
        : [...draft.holds, component],
    });
  return (
    <div className={classes.filters} id="backup-filters" role="group" aria-label="Filters of the list">
      <Select
        size="xs"
        label="How it came"
        data={KINDS}
        value={draft.kind}
        onChange={(kind) => onChange({ kind: kind as BackupKindView | null })}
        placeholder="Any way"
        clearable
        className={classes.select}
        data-testid="filter-kind"
      />
      <fieldset className={classes.holds}>
        <legend>Holds</legend>
        {COMPONENTS.map(({ value, label }) => (
          <label key={value} className={classes.box}>
            <input
              type="checkbox"
              checked={draft.holds.includes(value)}
              onChange={() => toggle(value)}
              data-testid={`filter-holds-${value}`}
            />
            {label}
          </label>
        ))}
      </fieldset>
      <Select
        size="xs"
        label="Proof"
        data={PROOFS}
        value={draft.proof}
        onChange={(proof) => onChange({ proof: proof as ProofSiftView | null })}
        placeholder="Any"
        clearable
        className={classes.select}
        data-testid="filter-proof"
      />
      <label className={classes.day}>
        From
        <input
          className={classes.moment}
          type="date"
          value={draft.from}
          max={draft.to || undefined}
          onChange={(event) => onChange({ from: event.currentTarget.value })}
          data-testid="filter-from"
        />
      </label>
      <label className={classes.day}>
        To
        <input
          className={classes.moment}
          type="date"
          value={draft.to}
          min={draft.from || undefined}
          onChange={(event) => onChange({ to: event.currentTarget.value })}
          data-testid="filter-to"
        />
      </label>
      {filtersSet(draft) > 0 && (
        <Button
          size="xs"
          variant="subtle"
          onClick={() => onChange({ ...BLANK, text: draft.text, quick: draft.quick })}
        >
          Clear
        </Button>
      )}
    </div>
  );
}
