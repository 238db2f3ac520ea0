import type { RecognisedView, ThingView } from '../../ipc/bindings';
import { bytes, count } from '../../shared/format';
import { KeyValue } from '../../shared/KeyValue';
import { Section } from '../../shared/PageHeader';

const capital = (words: string) => words.replace(/^./, (letter) => letter.toUpperCase());

/** Whether the files are here too of which these are the names. */
function filesWords({ count: names, files }: ThingView): string | undefined {
  if (files === null || names === 0) return undefined;
  const size = files.sizeBytes === null ? '' : ` (${bytes(files.sizeBytes)})`;
  return files.isHeld ? `with their files${size}` : `their rows; their files${size} are not in this backup`;
}

/** What a person recognises their project by: users, buckets, jobs, functions. */
export function RecognisedPanel({ recognised: { provider, things } }: { recognised: RecognisedView }) {
  return (
    <Section title="What is in it">
      <div data-testid="recognised">
        <KeyValue
          rows={[
            ...(provider === null
              ? []
              : [{ name: 'Platform', value: provider, note: 'known by the tables of the database' }]),
            ...things.map((thing) => ({
              name: capital(thing.name),
              value: count(thing.count),
              note: filesWords(thing),
            })),
          ]}
        />
      </div>
    </Section>
  );
}
