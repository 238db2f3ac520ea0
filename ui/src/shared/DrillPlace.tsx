import { Checkbox, NativeSelect, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';

import type { AskImage } from '../ipc/bindings';
import { commandQuery } from '../ipc/client';

/** The choice of a container among places; no project has such an id. */
const CONTAINER = 'container';

/** Where a drill is made; without either, on a private Postgres on this computer. */
export type Place = { on: string | null; image: AskImage | null };

export const HERE: Place = { on: null, image: null };

/** What is missing of a place, as a sentence. */
export const lackOfPlace = ({ image }: Place): string | null =>
  image !== null && image.name.trim() === '' ? 'Name the image first.' : null;

/** As it is sent. */
export const trimmed = ({ on, image }: Place): Place => ({
  on,
  image: image && { ...image, name: image.name.trim() },
});

/** Asks where the drill brings the backup back. */
export function DrillPlace({ place, onChange }: { place: Place; onChange: (place: Place) => void }) {
  const { data: projects } = useQuery(commandQuery('project_list', {}));
  const { on, image } = place;
  const lenders = (projects ?? [])
    .filter((one) => !one.isArchived && one.hasDatabase)
    .map((one) => ({ value: one.id, label: `A database lent by ${one.name}, ${one.label}` }));
  // One that is gone stays visible until another is chosen.
  const gone = on !== null && !lenders.some(({ value }) => value === on) ? [on] : [];
  const goneLabel =
    projects === undefined ? 'A database lent by another project' : 'A project that is not here';
  return (
    <>
      <NativeSelect
        label="Where"
        value={image === null ? (on ?? '') : CONTAINER}
        onChange={({ currentTarget: { value } }) =>
          onChange(
            value === CONTAINER
              ? { on: null, image: image ?? { name: '', pull: false } }
              : { on: value || null, image: null },
          )
        }
        data={[
          { value: '', label: 'A private Postgres on this computer' },
          ...lenders,
          ...gone.map((value) => ({ value, label: `${goneLabel}: ${value}` })),
          { value: CONTAINER, label: 'A container, by Docker or Podman' },
        ]}
        data-testid="drill-on"
      />
      {image !== null && (
        <>
          <TextInput
            label="Image"
            description="Of a Postgres server with the extensions that this computer lacks."
            placeholder="supabase/postgres:15.8.1.085"
            value={image.name}
            onChange={(event) => onChange({ on: null, image: { ...image, name: event.currentTarget.value } })}
            autoComplete="off"
            spellCheck={false}
            data-testid="drill-image"
          />
          <Checkbox
            label="Fetch it where it is not on this computer"
            checked={image.pull}
            onChange={(event) =>
              onChange({ on: null, image: { ...image, pull: event.currentTarget.checked } })
            }
            data-testid="drill-pull"
          />
        </>
      )}
    </>
  );
}
