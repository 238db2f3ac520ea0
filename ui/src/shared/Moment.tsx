import { Tooltip } from '@mantine/core';
import { exactMoment, moment, UNKNOWN } from './format';
import { useNow } from './useNow';

type Props = { ms: number | null | undefined; format?: (ms: number, nowMs: number) => string };

/** A moment in the user's time zone; the exact time and UTC on hover. */
export function Moment({ ms, format = moment }: Props) {
  const now = useNow();
  if (ms === null || ms === undefined) return <>{UNKNOWN}</>;
  return (
    <Tooltip label={exactMoment(ms)}>
      <time className="num" dateTime={new Date(ms).toISOString()}>
        {format(ms, now)}
      </time>
    </Tooltip>
  );
}
