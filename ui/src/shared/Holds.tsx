import {
  IconBolt,
  IconBucket,
  IconDatabase,
  IconFile,
  IconLogs,
  IconSettings,
  type Icon,
} from '@tabler/icons-react';

import type { BackupRow } from '../ipc/bindings';
import css from './Holds.module.css';
import { Row } from './Layout';

const HOLDS: Record<string, { name: string; icon: Icon }> = {
  database: { name: 'Database', icon: IconDatabase },
  storage: { name: 'Files', icon: IconBucket },
  config: { name: 'Configuration', icon: IconSettings },
  redis: { name: 'Redis', icon: IconBolt },
  logs: { name: 'Logs', icon: IconLogs },
  other: { name: 'Other files', icon: IconFile },
};

/** Order of the components, the database first. */
const ORDER = Object.keys(HOLDS);

/** What a backup holds; the file that it came as, and the roles beside a database, are no components of their own. */
export const heldBy = (components: readonly string[]): string[] => {
  const held = components
    .filter((one) => one in HOLDS)
    .toSorted((one, other) => ORDER.indexOf(one) - ORDER.indexOf(other));
  return held.length > 0 ? held : ['other'];
};

/** Whether there is a database in it, which alone can be restored into a server or drilled. */
export const holdsDatabase = ({ row }: { row: Pick<BackupRow, 'components'> }): boolean =>
  row.components.includes('database');

/** What something holds, in words: `Database, Files`. */
export const holdsWords = (components: readonly string[]): string =>
  heldBy(components)
    .map((one) => HOLDS[one]?.name ?? one)
    .join(', ');

/** What a backup holds: small labelled icons. Where there is little room, the icons alone; their words are read out all the same. */
export function Holds({ components }: { components: readonly string[] }) {
  return (
    <Row
      as="span"
      gap={[0.5, 2]}
      align="stretch"
      wraps
      tone="soft"
      size="xs"
      leading={1.25}
      title={holdsWords(components)}
      data-testid="holds"
    >
      {heldBy(components).map((one) => {
        const { name, icon: PartIcon } = HOLDS[one] ?? { name: one, icon: IconFile };
        return (
          <span key={one} className={css.one} data-component={one}>
            <PartIcon size={14} stroke={1.75} aria-hidden />
            <span className={css.name}>{name}</span>
          </span>
        );
      })}
    </Row>
  );
}
