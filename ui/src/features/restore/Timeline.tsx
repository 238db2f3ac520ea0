import { useElementSize } from '@mantine/hooks';
import { useEffect, useState } from 'react';

import type { BackupRow, DayView } from '../../ipc/bindings';
import { clock, counted, day as dayWords, levelNumber, moment } from '../../shared/format';
import { holdsDatabase, holdsWords } from '../../shared/Holds';
import { Block, Row, Text } from '../../shared/Layout';
import { ProofLegend } from '../../shared/ProofBadge';
import { BAR_HEIGHTS, proofWord, ticksIn, windowOf } from './moments';
import classes from './Timeline.module.css';
import { TimelineOverview } from './TimelineOverview';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const DAYS = 30;
const WIDTH_BEFORE_MEASURED = 952;
const ZOOM_H = 180;
const AXIS = 122;
const PAD = 12;
/** Two times closer than this would be written upon each other. */
const LABEL_APART = 64;
const BARS = [
  { dx: -14, y: 92, h: 12 },
  { dx: -4, y: 80, h: 24 },
  { dx: 6, y: 68, h: 36 },
] as const;

interface TimelineProps {
  /** Newest first. */
  rows: readonly BackupRow[];
  /** How many there are in the 30 days, and whether some are still being read. */
  isReading: boolean;
  days: readonly DayView[];
  goalMs: number | null;
  chosenId: string;
  damageAtMs: number | null;
  nowMs: number;
  onChoose: (id: string) => void;
}

function Zoom({
  rows,
  from,
  to,
  width,
  chosenId,
  damageAtMs,
  nowMs,
  onChoose,
}: {
  rows: readonly BackupRow[];
  from: number;
  to: number;
  width: number;
  chosenId: string;
  damageAtMs: number | null;
  nowMs: number;
  onChoose: (id: string) => void;
}) {
  const x = (ms: number) => PAD + ((ms - from) / (to - from)) * (width - 2 * PAD);
  const isSeen = (ms: number) => ms >= from && ms <= to;
  const shown = rows.filter((row) => isSeen(row.atMs));
  // The chosen moment keeps its words; others give way where they would overlap.
  const named = new Set<string>();
  let taken: number[] = [];
  for (const row of shown.toSorted(
    (one, other) => Number(other.id === chosenId) - Number(one.id === chosenId),
  )) {
    const at = x(row.atMs);
    if (taken.some((other) => Math.abs(other - at) < LABEL_APART)) continue;
    taken = [...taken, at];
    named.add(row.id);
  }
  const isNowCrowded = taken.some((other) => Math.abs(other - x(nowMs)) < LABEL_APART);
  const ticks = ticksIn(from, to, width - 2 * PAD, 92);
  const words = `${counted(shown.length, 'moment')} between ${moment(from)} and ${moment(Math.min(to, nowMs))}. The same moments can be chosen from the list below.`;
  return (
    <svg className={classes.zoom} width={width} height={ZOOM_H} role="img" aria-label={words}>
      <line x1={PAD} x2={width - PAD} y1={AXIS} y2={AXIS} stroke="var(--control)" />
      {ticks.map((tick, index) => {
        const isMidnight = new Date(tick).getHours() === 0;
        const anchor = x(tick) < 40 ? 'start' : x(tick) > width - 40 ? 'end' : 'middle';
        return (
          <g key={tick}>
            <line x1={x(tick)} x2={x(tick)} y1={AXIS} y2={AXIS + 5} stroke="var(--control)" />
            <text x={x(tick)} y={AXIS + 19} textAnchor={anchor}>
              {clock(tick)}
            </text>
            {(isMidnight || index === 0) && (
              <text x={x(tick)} y={AXIS + 35} textAnchor={anchor} className={classes.date}>
                {dayWords(tick, nowMs)}
              </text>
            )}
          </g>
        );
      })}
      {shown.map((row) => {
        const at = x(row.atMs);
        const isChosen = row.id === chosenId;
        const level = levelNumber(row.level);
        const hasWords = named.has(row.id);
        const hasDatabase = holdsDatabase({ row });
        return (
          <g
            key={row.id}
            className={classes.moment}
            onClick={() => onChoose(row.id)}
            data-testid={`mark-${row.id}`}
          >
            <title>{`${moment(row.atMs)}, ${proofWord(row).toLowerCase()}, holds ${holdsWords(row.components).toLowerCase()}`}</title>
            <rect
              className={isChosen ? classes.chosen : classes.target}
              x={at - (hasWords ? 42 : 8)}
              y="6"
              width={hasWords ? 84 : 16}
              height={AXIS - 6}
              rx="7"
            />
            {hasWords ? (
              <>
                <text x={at} y="44" textAnchor="middle">
                  {proofWord(row)}
                </text>
                <text x={at} y="60" textAnchor="middle" className={classes.time}>
                  {clock(row.atMs)}
                </text>
                {hasDatabase &&
                  BARS.map((bar, index) => (
                    <rect
                      key={bar.dx}
                      x={at + bar.dx}
                      y={bar.y}
                      width="8"
                      height={bar.h}
                      rx="1.5"
                      className={index < level ? classes.proven : classes.open}
                    />
                  ))}
              </>
            ) : (
              <rect
                x={at - 1.5}
                y={AXIS - BAR_HEIGHTS[level]}
                width="3"
                height={BAR_HEIGHTS[level]}
                fill="var(--strip)"
              />
            )}
            {hasDatabase ? (
              <circle
                cx={at}
                cy={AXIS}
                r={isChosen ? 6 : 4}
                className={isChosen ? classes.dotChosen : level === 0 ? classes.dotOpen : classes.dot}
              />
            ) : (
              // Another shape: files, configuration or logs, and no database.
              <rect
                x={at - 4}
                y={AXIS - 4}
                width="8"
                height="8"
                className={isChosen ? classes.dotChosen : classes.dotOpen}
                data-testid={`beside-${row.id}`}
              />
            )}
          </g>
        );
      })}
      {damageAtMs !== null && isSeen(damageAtMs) && (
        <>
          <line x1={x(damageAtMs)} x2={x(damageAtMs)} y1="24" y2="164" className={classes.damage} />
          <text
            x={x(damageAtMs)}
            y="176"
            textAnchor={x(damageAtMs) > width / 2 ? 'end' : 'start'}
            className={classes.damageWords}
          >
            {clock(damageAtMs)} the damage
          </text>
        </>
      )}
      {isSeen(nowMs) && (
        <>
          <line
            x1={x(nowMs)}
            x2={x(nowMs)}
            y1={isNowCrowded ? AXIS : 82}
            y2={AXIS + 5}
            stroke="var(--ink-2)"
          />
          {!isNowCrowded && (
            <text x={Math.min(x(nowMs), width - PAD - 8)} y="76" textAnchor="middle" className={classes.date}>
              now
            </text>
          )}
        </>
      )}
    </svg>
  );
}

/** 30 days above, a window of them below: each backup with how far it is proven, and the damage. */
export function Timeline({
  rows,
  isReading,
  days,
  goalMs,
  chosenId,
  damageAtMs,
  nowMs,
  onChoose,
}: TimelineProps) {
  const { ref, width: measured } = useElementSize<HTMLDivElement>();
  const width = measured > 0 ? measured : WIDTH_BEFORE_MEASURED;
  const from = nowMs - DAYS * DAY;
  const span = windowOf(rows);
  const chosenAt = rows.find((row) => row.id === chosenId)?.atMs ?? nowMs;
  const latest = nowMs + span * 0.04;
  const clamp = (end: number) => Math.min(Math.max(end, from + span), latest);
  const [end, setEnd] = useState(() => clamp(chosenAt + span * 0.25));
  // The window follows what is chosen or entered, wherever that was done.
  useEffect(() => {
    const isOut = (ms: number) => ms > end || ms < end - span;
    if (isOut(chosenAt)) setEnd(clamp(chosenAt + span * 0.25));
    // oxlint-disable-next-line react-hooks/exhaustive-deps -- Only a new choice moves the window; a hand on it does not.
  }, [chosenAt, span]);
  const shownTo = clamp(end);
  const shownFrom = shownTo - span;
  const count = rows.filter((row) => row.atMs >= from).length;

  return (
    <Block top={6}>
      <Row gap={[1, 4]} justify="between" wraps bottom={2}>
        <h3>
          30 days, {counted(count, 'backup')}
          {isReading && (
            <Text as="span" tone="quiet" weight="regular">
              {' '}
              · reading more
            </Text>
          )}
        </h3>
        <ProofLegend />
      </Row>
      <div className={classes.strip} ref={ref}>
        <TimelineOverview
          rows={rows}
          days={days}
          goalMs={goalMs}
          from={from}
          to={latest}
          width={width}
          shownFrom={shownFrom}
          shownTo={shownTo}
        />
        <input
          type="range"
          className={classes.range}
          min={from + span}
          max={latest}
          step={HOUR}
          value={shownTo}
          onChange={(event) => setEnd(Number(event.currentTarget.value))}
          aria-label="Window of the timeline"
          aria-valuetext={`${moment(shownFrom)} to ${moment(shownTo)}`}
        />
      </div>
      <div className={classes.ends} aria-hidden>
        {[0, 10, 20].map((days_) => (
          <span key={days_}>{dayWords(from + days_ * DAY, nowMs)}</span>
        ))}
        <span>today</span>
      </div>
      <div className={classes.frame}>
        <Zoom
          rows={rows}
          from={shownFrom}
          to={shownTo}
          width={Math.max(320, width - 34)}
          chosenId={chosenId}
          damageAtMs={damageAtMs}
          nowMs={nowMs}
          onChoose={onChoose}
        />
      </div>
    </Block>
  );
}
