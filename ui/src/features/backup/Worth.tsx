import { Link } from '@tanstack/react-router';
import type { BackupRow } from '../../ipc/bindings';
import { Equivalent } from '../../shared/Equivalent';
import { Block } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import { Note } from '../../shared/Panel';
import { Words } from '../../shared/Words';

/** What keeps a backup from counting by itself: why it was held back, and what it is nothing without. */
export function Worth({ row }: { row: BackupRow }) {
  const { heldBack, needs } = row;
  return (
    <>
      {heldBack !== null && (
        <Block top={5}>
          <Note state="warn" title="It does not count." testId="held-back">
            <p>
              <Words text={`${heldBack}.`} />
            </p>
            <p>It is kept, can be looked into and drilled, and is no recovery point.</p>
          </Note>
        </Block>
      )}
      {needs !== null && needs.id !== null && needs.atMs !== null && (
        <Block top={5}>
          <Note state="plain" title="It is a part." testId="part-of">
            It holds the changes since the{' '}
            <Link to="/backup/$id" params={{ id: needs.id }}>
              full backup of <Moment ms={needs.atMs} />
            </Link>
            , and counts only together with it.
          </Note>
        </Block>
      )}
      {needs !== null && needs.id === null && (
        <Block top={5}>
          <Note state="warn" title="What it needs is not here." testId="part-of">
            <p>
              It holds the changes since a full backup, and counts only together with it. Pull that one too:
            </p>
            <Equivalent
              asked={{
                of: 'pull',
                request: {
                  project: row.project,
                  ids: [needs.name],
                  all: false,
                  passphrase: null,
                  streams: null,
                  bytesPerSecond: null,
                },
              }}
            />
          </Note>
        </Block>
      )}
    </>
  );
}
