import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';

import type { BackupRow, DayView, EstimateView, ProofView } from '../../ipc/bindings';
import { DataList, type Column } from '../../shared/DataList';
import { bytes, count, exactMoment, LEVEL_WORDS, moment, roughly, span } from '../../shared/format';
import { Holds, holdsDatabase, holdsWords } from '../../shared/Holds';
import { Block, Row } from '../../shared/Layout';
import { LinkButton } from '../../shared/LinkButton';
import { Moment } from '../../shared/Moment';
import { Note } from '../../shared/Panel';
import { ProofBadge } from '../../shared/ProofBadge';
import { RadioRows } from '../../shared/RadioRows';
import { stateOfVerdict } from '../../shared/StateIcon';
import { useNow } from '../../shared/useNow';
import { TextButton } from '../../shared/TextButton';
import { capital } from './draftWords';
import classes from './MomentStep.module.css';
import { candidatesOf, fieldOf, parsedMoment, proofWord, type Candidate } from './moments';
import { proofsQuery } from './queries';
import step from './Step.module.css';
import { Timeline } from './Timeline';

interface MomentStepProps {
  /** Newest first; at least the chosen one. */
  rows: readonly BackupRow[];
  isReading: boolean;
  /** Asks for older ones; absent when all are here. */
  onOlder?: (() => void) | undefined;
  days: readonly DayView[];
  goalMs: number | null;
  chosenId: string;
  damageAtMs: number | null;
  onChoose: (id: string) => void;
  onDamage: (atMs: number | null) => void;
  /** Looks inside the chosen moment on this computer, which proves it. */
  onDrill: () => void;
}

const COLUMNS: readonly Column<BackupRow>[] = [
  {
    id: 'moment',
    title: 'Moment',
    width: '9rem',
    render: (row) => <span title={exactMoment(row.atMs)}>{capital(moment(row.atMs))}</span>,
  },
  {
    id: 'why',
    title: 'Why',
    width: 'minmax(8rem, 1fr)',
    render: (row) => <span title={row.reason ?? row.trigger}>{row.reason ?? row.trigger}</span>,
  },
  {
    id: 'holds',
    title: 'Holds',
    width: 'minmax(4.5rem, 9.5rem)',
    render: (row) => <Holds components={row.components} />,
  },
  {
    id: 'proof',
    title: 'Proof',
    width: '8rem',
    render: (row) => <ProofBadge level={row.level} last={row.lastProof} />,
  },
  {
    id: 'size',
    title: 'Size',
    width: '5rem',
    align: 'end',
    isSecondary: true,
    render: (row) => bytes(row.sizeBytes),
  },
];
const keyOf = (row: BackupRow) => row.id;
const VERDICTS = { pass: 'passed', fail: 'failed', inconclusive: 'inconclusive' } as const;

function distance(row: BackupRow, damageAtMs: number | null, nowMs: number) {
  const at = row.atMs;
  if (damageAtMs === null) return { value: span(nowMs - at), word: 'ago' };
  return at < damageAtMs
    ? { value: span(damageAtMs - at), word: 'before the damage' }
    : { value: span(at - damageAtMs), word: 'after the damage' };
}

/** About how long, and whether that was ever measured. */
function About({ drill }: { drill: EstimateView | undefined }) {
  if (!drill) return null;
  return (
    <span title={drill.basis} data-testid="drill-about">
      , about {roughly(drill.ms)}
      {drill.isGuess && ' (a guess from its size)'}
    </span>
  );
}

/** A moment that was never restored says so, and offers what would change that. */
function Never({
  isChosen,
  drill,
  onDrill,
}: {
  isChosen: boolean;
  drill: EstimateView | undefined;
  onDrill: () => void;
}) {
  return (
    <>
      Never restored:{' '}
      {isChosen ? (
        <TextButton size="sm" onClick={onDrill} data-testid="drill-first">
          drill first
        </TextButton>
      ) : (
        'drill first'
      )}
      <About drill={drill} />.
    </>
  );
}

/** Each level by itself: when it was last tried, and what came of it. */
function Levels({ proofs, nowMs }: { proofs: readonly ProofView[]; nowMs: number }) {
  if (proofs.length === 0) return null;
  return (
    <Row as="span" gap={[0, 3]} align="stretch" wraps tone="quiet" figures data-testid="proof-ages">
      {proofs.map(({ level, verdict, atMs }) => (
        <span
          key={level}
          className={verdict === 'pass' ? undefined : `tone-${stateOfVerdict(verdict)}`}
          title={exactMoment(atMs)}
        >
          {LEVEL_WORDS[level].toLowerCase()} {verdict === 'pass' ? '' : `${VERDICTS[verdict]} `}
          {span(nowMs - atMs)} ago
        </span>
      ))}
    </Row>
  );
}

/** One moment, by the timeline or by the rows below it: both choose the same. */
export function MomentStep(props: MomentStepProps) {
  const { rows, isReading, onOlder, days, goalMs, chosenId, damageAtMs, onChoose, onDamage, onDrill } = props;
  const now = useNow();
  const [asList, setAsList] = useState(false);
  const [text, setText] = useState(() => (damageAtMs === null ? '' : fieldOf(damageAtMs)));
  const isUnread = text.trim() !== '' && damageAtMs === null;
  const candidates = useMemo(() => candidatesOf(rows, damageAtMs, chosenId), [rows, damageAtMs, chosenId]);
  const { data: standings = [] } = useQuery(proofsQuery(candidates.map(({ row }) => row.id)));
  const chosen = rows.find((row) => row.id === chosenId);
  const isAfter = damageAtMs !== null && chosen !== undefined && chosen.atMs >= damageAtMs;
  const hasEarlier =
    damageAtMs === null || rows.some((row) => holdsDatabase({ row }) && row.atMs < damageAtMs);

  const rowOf = ({ row, reasons }: Candidate) => {
    const { value, word } = distance(row, damageAtMs, now);
    const proven = standings.find((standing) => standing.backupId === row.id);
    return {
      value: row.id,
      testId: `moment-${row.id}`,
      title: capital(moment(row.atMs)),
      aside: (
        <Row as="span" inline gap={[0, 2]} align="stretch" wraps>
          backup, {row.reason ?? row.trigger} <Holds components={row.components} />
        </Row>
      ),
      detail: (
        <>
          {reasons.join(' ')}{' '}
          {row.level !== 'restored' && holdsDatabase({ row }) && (
            <Never isChosen={row.id === chosenId} drill={proven?.drill} onDrill={onDrill} />
          )}
          {proven && <Levels proofs={proven.proofs} nowMs={now} />}
        </>
      ),
      end: (
        <>
          <span className={classes.proof}>
            <ProofBadge
              level={row.level}
              last={row.lastProof}
              word={proofWord(row)}
              note={row.lastProof ? <Moment ms={row.lastProof.atMs} /> : 'not tried yet'}
            />
          </span>
          <span className={classes.far}>
            {value}
            <small>{word}</small>
          </span>
        </>
      ),
    };
  };

  return (
    <div className={step.wide}>
      <h1>Which moment?</h1>
      <p className={step.lead}>
        {damageAtMs === null ? (
          'Choose what comes back by its time and its proof.'
        ) : (
          <>
            The damage happened <Moment ms={damageAtMs} />. Choose a moment before that.
          </>
        )}
      </p>
      <Timeline
        rows={rows}
        isReading={isReading}
        days={days}
        goalMs={goalMs}
        chosenId={chosenId}
        damageAtMs={damageAtMs}
        nowMs={now}
        onChoose={onChoose}
      />
      <Row gap={[2, 4]} justify="between" wraps top={6} bottom={2.5}>
        <h2>{damageAtMs === null ? 'Moments to choose from' : 'Moments before the damage'}</h2>
        <Row gap={[2, 3]} wraps>
          <Row as="label" inline gap={2} tone="soft" size="xs" weight="medium">
            Damage happened at
            <input
              className={`${step.field} ${classes.when}`}
              value={text}
              placeholder={fieldOf(now)}
              onChange={(event) => {
                setText(event.currentTarget.value);
                onDamage(parsedMoment(event.currentTarget.value, now));
              }}
              aria-invalid={isUnread}
              aria-describedby="damage-hint"
              autoComplete="off"
              spellCheck={false}
              data-testid="damage-at"
            />
          </Row>
          <TextButton
            size="sm"
            aria-expanded={asList}
            onClick={() => setAsList(!asList)}
            data-testid="all-moments"
          >
            {asList ? 'Show the best ones' : 'Show all as list'}
          </TextButton>
        </Row>
      </Row>
      <p id="damage-hint" className={isUnread ? classes.unread : 'sr-only'} aria-live="polite">
        {isUnread
          ? `This is not a time that has been. Write ${fieldOf(now)}, or 10:43 for today.`
          : 'A day and a time, or a time alone for today.'}
      </p>
      {!hasEarlier && (
        <Block bottom={3}>
          <Note state="warn" title="No backup is older than that.">
            What was there before the damage is not in the vault, as far as it was read.
          </Note>
        </Block>
      )}
      {asList ? (
        <DataList
          label="Moments, newest first"
          columns={COLUMNS}
          rows={rows}
          keyOf={keyOf}
          rowRem={2.25}
          selection={{
            key: chosenId,
            onSelect: (id) => id !== null && onChoose(id),
            onOpen: (row) => onChoose(row.id),
          }}
          {...(onOlder ? { onEnd: onOlder } : {})}
          foot={isReading ? `Reading more, ${count(rows.length)} so far` : undefined}
        />
      ) : (
        <RadioRows
          label="Moment to bring back"
          name="restore-moment"
          value={chosenId}
          onChange={onChoose}
          rows={candidates.map(rowOf)}
        />
      )}
      {chosen && !holdsDatabase({ row: chosen }) && (
        <Block top={4} role="status">
          <Note
            state="warn"
            title="There is no database in this backup."
            testId="no-database-here"
            acts={
              <LinkButton
                to="/restore/$backupId"
                params={{ backupId: chosen.id }}
                data-testid="restore-what-it-has"
              >
                Bring back what it holds
              </LinkButton>
            }
          >
            It holds {holdsWords(chosen.components).toLowerCase()}, which come back another way. For the
            database choose another moment.
          </Note>
        </Block>
      )}
      {isAfter && (
        <Block top={4} role="status">
          <Note state="warn" title="This moment is after the damage." testId="after-damage">
            It probably holds the damage too. Choose an earlier one, or go on if you know better.
          </Note>
        </Block>
      )}
    </div>
  );
}
