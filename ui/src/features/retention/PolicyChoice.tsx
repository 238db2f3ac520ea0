import { NumberInput, TextInput } from '@mantine/core';

import type { RetentionView } from '../../ipc/bindings';
import { Stack } from '../../shared/Layout';
import { RadioRows } from '../../shared/RadioRows';
import { chosen, PRESET_TITLES, TIERS, type Draft } from './draft';

type Part = { draft: Draft; onChange: (draft: Draft) => void };

const numeric = (value: number | string): number | null => (typeof value === 'number' ? value : null);

function Figures({ draft, onChange }: Part) {
  return (
    <Stack gap={3} columns="repeat(auto-fill, minmax(11rem, 1fr))">
      {TIERS.map(({ tier, label }) => (
        <NumberInput
          key={tier}
          classNames={{ input: 'num' }}
          label={label}
          value={draft.counts[tier] ?? ''}
          min={0}
          max={10_000}
          allowDecimal={false}
          onChange={(value) => onChange({ ...draft, counts: { ...draft.counts, [tier]: numeric(value) } })}
          data-testid={`tier-${tier}`}
        />
      ))}
      <NumberInput
        label="Everything of so many days"
        placeholder="no age"
        value={draft.withinDays ?? ''}
        min={0}
        onChange={(value) => onChange({ ...draft, withinDays: numeric(value) })}
        data-testid="within-days"
      />
    </Stack>
  );
}

/** What always holds, whichever rule is chosen. */
function Always({ draft, onChange }: Part) {
  return (
    <Stack gap={3} columns="repeat(auto-fill, minmax(15rem, 20rem))">
      <NumberInput
        label="Newest verified that always stay"
        description="Whoever deletes, by hand or by a policy."
        value={draft.floor ?? ''}
        min={1}
        max={1000}
        allowDecimal={false}
        onChange={(value) => onChange({ ...draft, floor: numeric(value) })}
        data-testid="floor"
      />
      <TextInput
        label="Days begin in"
        description="A time zone, wherever this computer is."
        value={draft.zone}
        onChange={(event) => onChange({ ...draft, zone: event.currentTarget.value })}
        autoComplete="off"
        spellCheck={false}
        data-testid="zone"
      />
    </Stack>
  );
}

/** How long backups stay: presets by what they mean, one's own figures folded behind the last row. */
export function PolicyChoice({ retention, draft, onChange }: Part & { retention: RetentionView }) {
  const always = <Always draft={draft} onChange={onChange} />;
  return (
    <RadioRows
      label="How long backups stay"
      name="retention-choice"
      value={draft.choice}
      onChange={(choice) => onChange(chosen(draft, choice, retention))}
      rows={[
        ...retention.presets.map(({ name, words }) => ({
          value: name,
          title: PRESET_TITLES[name]?.title ?? name,
          aside: name,
          detail: PRESET_TITLES[name]?.detail ?? words,
          testId: `preset-${name}`,
          fields: always,
        })),
        {
          value: 'own',
          title: 'Figures of your own',
          detail:
            'So many of the newest, and one of each of so many hours, days, weeks, months and years; each adds to what the others keep.',
          testId: 'preset-own',
          fields: (
            <>
              <Figures draft={draft} onChange={onChange} />
              {always}
            </>
          ),
        },
        {
          value: 'none',
          title: 'Keep everything',
          detail: 'No backup goes unless somebody deletes it.',
          testId: 'preset-none',
        },
      ]}
    />
  );
}
