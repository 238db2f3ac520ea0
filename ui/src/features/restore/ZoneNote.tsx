import { IconWorld } from '@tabler/icons-react';

import { clock } from '../../shared/format';

/** The user's time zone, and the moment in UTC. */
export function ZoneNote({ atMs }: { atMs: number }) {
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  const utc = new Date(atMs).toISOString().slice(11, 16);
  return (
    <span>
      <IconWorld
        size={14}
        stroke={1.75}
        aria-hidden
        style={{ verticalAlign: '-0.125rem', marginRight: '0.375rem' }}
      />
      Times are yours{zone ? `, ${zone}` : ''}. {clock(atMs)} is {utc} UTC.
    </span>
  );
}
