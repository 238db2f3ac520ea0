import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import { ErrorPanel } from '../../shared/ErrorPanel';
import { day, exactMoment, sentence } from '../../shared/format';
import { expiryWords, fatesQuery, KeepingActs } from '../../shared/keeping';
import { Block, Row, Text } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { Moment } from '../../shared/Moment';
import { Note } from '../../shared/Panel';
import { StateIcon } from '../../shared/StateIcon';
import { useNow } from '../../shared/useNow';

/** Until when a backup is kept, every reason for it, and what a person can say of it. */
export function KeptPanel({ backup }: { backup: string }) {
  const now = useNow();
  const { data, error, refetch } = useQuery(fatesQuery([backup]));
  if (error)
    return (
      <ErrorPanel
        error={error}
        title="How long it is kept could not be read."
        onRetry={() => void refetch()}
      />
    );
  if (!data) return <LoadingLines what="how long it is kept" />;
  const [kept] = data;
  if (!kept) return null;
  const { fate } = kept;
  const title =
    kept.holdReason !== null
      ? 'Held until somebody releases it'
      : !fate.isKept
        ? 'Goes with the next removal'
        : fate.untilMs === null
          ? 'Kept, without a date'
          : `Kept until ${day(fate.untilMs, now)}`;
  return (
    <div data-testid="kept">
      <Row as="p" gap={1.5} sign={0}>
        <StateIcon state={fate.isKept ? (kept.expiresMs === null ? 'ok' : 'warn') : 'danger'} size={16} />
        <b title={fate.untilMs === null ? undefined : exactMoment(fate.untilMs)}>{title}</b>
      </Row>
      {kept.expiresMs !== null && (
        <Block top={2}>
          <Note state="warn" title={`It ${expiryWords(kept.expiresMs, now)}.`} testId="expires-soon">
            Hold it, or give it a later day, if it is still wanted.
          </Note>
        </Block>
      )}
      {kept.holdReason !== null && (
        <Text top={1} breaks>
          {sentence(kept.holdReason)}{' '}
          <Text as="span" top={1} tone="quiet" size="sm">
            {kept.holdWho !== null && `${kept.holdWho}, `}since <Moment ms={kept.heldAtMs} />
          </Text>
        </Text>
      )}
      <Text as="ul" top={1} tone="soft" size="sm" breaks aria-label="Why">
        {fate.reasons
          .filter(({ code }) => code !== 'held')
          .map(({ code, words }) => (
            <li key={`${code} ${words}`}>{words}</li>
          ))}
      </Text>
      {kept.pause !== null && (
        <Text top={1} tone="quiet" size="sm">
          Retention is paused: {kept.pause}
        </Text>
      )}
      <Row gap={2} align="stretch" wraps top={3} bottom={2}>
        <KeepingActs kept={kept} />
      </Row>
      <Text top={1} tone="quiet" size="sm">
        <Link to="/project/$id" params={{ id: kept.projectId }} search={{ tab: 'retention' }}>
          See all backups of {kept.project} as a calendar
        </Link>
      </Text>
    </div>
  );
}
