import type { JobView } from '../../ipc/bindings';
import { elapsed, percent, timeLeft } from '../../shared/format';
import { Block, Row, Text } from '../../shared/Layout';
import { ProgressBar } from '../../shared/ProgressBar';
import { useSeconds } from '../../shared/useSeconds';
import classes from './RunProgress.module.css';
import { closingSentence, ranFor } from './words';

/** How far a run is, how long it may still take, and what closing the window does. */
export function RunProgress({ job, hasTray }: { job: JobView; hasTray: boolean }) {
  const { row } = job;
  const now = useSeconds(true);
  const left = timeLeft(job.leftLowMs, job.leftHighMs);
  const ran = ranFor(row, now);
  const isQueued = row.state === 'queued';

  return (
    <Block top={6}>
      <Row gap={4} align="baseline" justify="between">
        <span className={classes.percent} data-testid="run-percent">
          {isQueued ? 'Waits' : percent(row.percent ?? 0)}
        </span>
        <Text as="span" tone="soft" size="sm" leading={1.35} right figures>
          {isQueued ? 'for another run of this project to end' : left}
          {ran !== null && (
            <Text as="span" tone="quiet">
              {left ? ' · ' : ''}running for {elapsed(Math.floor(ran / 1000) * 1000)}
            </Text>
          )}
        </Text>
      </Row>
      <Block top={3}>
        <ProgressBar label={row.title} percent={row.percent} isLarge glides />
      </Block>
      <Text top={2} tone="quiet" size="xs" leading={1.4}>
        100 % means verified. {closingSentence(row, hasTray)}
      </Text>
    </Block>
  );
}
