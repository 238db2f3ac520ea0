import { Button } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useMemo, useRef, useState, type KeyboardEvent } from 'react';

import type { FateView, RetentionDayView } from '../../ipc/bindings';
import { count, counted, day, exactMoment } from '../../shared/format';
import { Row, Text } from '../../shared/Layout';
import { StateIcon } from '../../shared/StateIcon';
import { because, cellWords, fateOf, longDay, monthsOf, movedTo, type DayFate, type Month } from './calendar';
import css from './Calendar.module.css';

/** So many months at first, and so many more each time. */
const MONTHS_SHOWN = 6;
const WEEK = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'] as const;
const LEGEND: { fate: DayFate; words: string }[] = [
  { fate: 'kept', words: 'stays' },
  { fate: 'some_go', words: 'some of the day go' },
  { fate: 'go', words: 'goes' },
  { fate: 'not_counted', words: 'not verified: does not count' },
];

/** What becomes of a day's backups, by shape: filled stays, crossed out goes, half is both, dashed does not count. */
function Mark({ fate }: { fate: DayFate }) {
  return (
    <svg className={css.mark} data-fate={fate} width="12" height="12" viewBox="0 0 12 12" aria-hidden>
      {fate === 'kept' && <rect x="1" y="1" width="10" height="10" rx="2.5" fill="currentColor" />}
      {fate === 'some_go' && (
        <>
          <rect
            x="1.75"
            y="1.75"
            width="8.5"
            height="8.5"
            rx="2"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.5"
          />
          <path d="M1.5 10.5V3a1.5 1.5 0 0 1 1.5-1.5h7.5z" fill="currentColor" />
        </>
      )}
      {fate === 'go' && (
        <path
          d="M2.5 2.5l7 7m0-7l-7 7"
          fill="none"
          stroke="currentColor"
          strokeWidth="2"
          strokeLinecap="round"
        />
      )}
      {fate === 'not_counted' && (
        <rect
          x="1.75"
          y="1.75"
          width="8.5"
          height="8.5"
          rx="2"
          fill="none"
          stroke="currentColor"
          strokeWidth="1.5"
          strokeDasharray="2 1.6"
        />
      )}
    </svg>
  );
}

/** A backup of the day, with all reasons. */
function Fate({ fate }: { fate: FateView }) {
  const atMs = fate.atMs;
  return (
    <li className={css.fate}>
      <StateIcon state={fate.isKept ? (fate.counts ? 'ok' : 'inconclusive') : 'danger'} size={16} />
      <div>
        <p className={css.fateHead}>
          <span title={exactMoment(atMs)}>{new Date(atMs).toTimeString().slice(0, 5)}</span>{' '}
          <b>{fate.isKept ? 'stays' : 'goes'}</b>
          <Link to="/backup/$id" params={{ id: fate.backupId }}>
            <code>{fate.shortId}</code>
          </Link>
        </p>
        <Text tone="soft" breaks>
          {because(fate)}
        </Text>
        {fate.untilMs !== null && (
          <Text tone="soft" breaks>
            It goes on {day(fate.untilMs)}.
          </Text>
        )}
      </div>
    </li>
  );
}

function MonthGrid({
  month,
  byDate,
  selected,
  onSelect,
}: {
  month: Month;
  byDate: ReadonlyMap<string, RetentionDayView>;
  selected: string | undefined;
  onSelect: (date: string) => void;
}) {
  return (
    <div className={css.month}>
      <h4>{month.title}</h4>
      <div className={css.grid}>
        {WEEK.map((name) => (
          <span key={name} className={css.weekday} aria-hidden>
            {name}
          </span>
        ))}
        {Array.from({ length: month.days }, (_, index) => {
          const date = `${month.key}-${String(index + 1).padStart(2, '0')}`;
          const shown = byDate.get(date);
          const start = index === 0 ? { gridColumnStart: month.lead + 1 } : undefined;
          if (!shown)
            return (
              <span key={date} className={css.none} style={start} aria-hidden>
                {index + 1}
              </span>
            );
          return (
            <button
              key={date}
              type="button"
              className={css.cell}
              style={start}
              aria-pressed={date === selected}
              aria-label={cellWords(shown)}
              title={cellWords(shown)}
              tabIndex={date === selected ? 0 : -1}
              data-date={date}
              data-testid={`day-${date}`}
              onClick={() => onSelect(date)}
            >
              {index + 1}
              <Row as="span" gap={0.75}>
                <Mark fate={fateOf(shown.backups)} />
                {shown.backups.length > 1 && (
                  <Text as="span" tone="quiet">
                    {shown.backups.length > 99 ? '99+' : shown.backups.length}
                  </Text>
                )}
              </Row>
            </button>
          );
        })}
      </div>
    </div>
  );
}

/** The days that have backups, as months; a click or the arrow keys show what becomes of the backups of a day. */
export function Calendar({ days }: { days: readonly RetentionDayView[] }) {
  const grid = useRef<HTMLDivElement>(null);
  const [shownMonths, setShownMonths] = useState(MONTHS_SHOWN);
  const [wanted, setWanted] = useState<string | null>(null);
  const months = useMemo(() => monthsOf(days), [days]);
  const byDate = useMemo(() => new Map(days.map((one) => [one.date, one])), [days]);
  // The first day on which something goes is what one looks for; else the newest.
  const first = useMemo(
    () => (days.find(({ backups }) => backups.some((one) => !one.isKept)) ?? days[0])?.date,
    [days],
  );
  const selected = wanted !== null && byDate.has(wanted) ? wanted : first;
  const visible = Math.max(shownMonths, 1 + months.findIndex(({ key }) => selected?.startsWith(key)));
  const chosen = selected === undefined ? undefined : byDate.get(selected);

  const onKeyDown = (event: KeyboardEvent) => {
    const to = selected === undefined ? null : movedTo(days, selected, event.key);
    if (to === null) return;
    event.preventDefault();
    setWanted(to);
    // It may be in a month that is drawn only now.
    requestAnimationFrame(() => grid.current?.querySelector<HTMLElement>(`[data-date="${to}"]`)?.focus());
  };

  return (
    <div className={css.calendar} data-testid="calendar">
      <div>
        {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- its days are buttons, among which the arrows move */}
        <div
          ref={grid}
          className={css.months}
          role="group"
          aria-label="Days that have backups; arrow keys go from day to day"
          onKeyDown={onKeyDown}
        >
          {months.slice(0, visible).map((month) => (
            <MonthGrid
              key={month.key}
              month={month}
              byDate={byDate}
              selected={selected}
              onSelect={setWanted}
            />
          ))}
        </div>
        <ul className={css.legend} aria-label="What the marks mean">
          {LEGEND.map(({ fate, words }) => (
            <li key={fate}>
              <Mark fate={fate} />
              {words}
            </li>
          ))}
        </ul>
        {months.length > visible && (
          <Button size="xs" onClick={() => setShownMonths(visible + 12)} data-testid="older-months">
            Show older: {counted(months.length - visible, 'month')} more
          </Button>
        )}
      </div>
      {chosen && (
        <aside className={css.day} aria-live="polite" data-testid="chosen-day">
          <h4>{longDay(chosen.date)}</h4>
          <Text tone="quiet" size="xs">
            {chosen.backups.length === 1 ? 'One backup' : `${count(chosen.backups.length)} backups`}
          </Text>
          <ul>
            {chosen.backups.map((fate) => (
              <Fate key={fate.backupId} fate={fate} />
            ))}
          </ul>
        </aside>
      )}
    </div>
  );
}
