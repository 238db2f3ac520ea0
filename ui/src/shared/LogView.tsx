import { useLayoutEffect, useRef, useState, type UIEvent } from 'react';

import type { LogLevel, LogLine } from '../ipc/bindings';
import { CopyButton } from './CopyButton';
import { clock, count, exactMoment } from './format';
import classes from './LogView.module.css';
import { logTextOf } from './logText';
import { Segmented } from './Segmented';
import { StateIcon } from './StateIcon';

export interface LogViewProps {
  lines: readonly LogLine[];
  level: LogLevel;
  onLevel: (level: LogLevel) => void;
  /** Lines in all, warnings, errors, as the engine counts them. */
  counts: { all: number; warnings: number; errors: number };
  /** New lines may come, so the view follows the end while it is in sight. */
  isLive: boolean;
}

/** So many lines are drawn at first; the earlier ones come on request. */
const LINES_DRAWN = 1000;
/** The end counts as in sight when it is no further away than this, in px. */
const END_SLACK = 24;

/** The log of a run: filtered by level, copied as text, never shortened. */
export function LogView({ lines, level, onLevel, counts, isLive }: LogViewProps) {
  const well = useRef<HTMLDivElement>(null);
  const follows = useRef(true);
  const [isWhole, setWhole] = useState(false);
  const hidden = isWhole ? 0 : Math.max(0, lines.length - LINES_DRAWN);

  useLayoutEffect(() => {
    if (isLive && follows.current && well.current) well.current.scrollTop = well.current.scrollHeight;
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- another line is what it is about
  }, [lines.length, isLive]);

  const onScroll = ({ currentTarget: at }: UIEvent<HTMLDivElement>) => {
    follows.current = at.scrollHeight - at.scrollTop - at.clientHeight < END_SLACK;
  };

  return (
    <section aria-labelledby="log-title">
      <div className={classes.head}>
        <h2 id="log-title">Log</h2>
        <div className={classes.tools}>
          <Segmented
            label="Lines to show"
            value={level}
            onChange={onLevel}
            options={[
              { value: 'info', label: `All ${count(counts.all)}` },
              { value: 'warning', label: `Warnings ${count(counts.warnings)}` },
              { value: 'error', label: `Errors ${count(counts.errors)}` },
            ]}
          />
          {lines.length > 0 && (
            <CopyButton text={logTextOf(lines)} what="the log" quiet={false}>
              {level === 'info' ? 'Copy all' : 'Copy these'}
            </CopyButton>
          )}
        </div>
      </div>
      {/* A region that scrolls has to be reachable by keyboard. */}
      <div
        ref={well}
        className={classes.log}
        role="log"
        aria-live="off"
        aria-label="Lines of the log"
        tabIndex={0}
        onScroll={onScroll}
      >
        {hidden > 0 && (
          <button type="button" className={classes.earlier} onClick={() => setWhole(true)}>
            Show {count(hidden)} earlier lines
          </button>
        )}
        {lines.length === 0 && (
          <p className={classes.empty}>{level === 'info' ? 'No lines yet.' : 'No line of this level.'}</p>
        )}
        {lines.slice(hidden).map((line) => (
          <div key={line.number} className={`${classes.line} ${classes[line.level] ?? ''}`}>
            <span className={classes.time} title={exactMoment(line.atMs)}>
              {clock(line.atMs, true)}
            </span>
            {line.level === 'info' ? (
              <span />
            ) : (
              <StateIcon state={line.level === 'error' ? 'danger' : 'warn'} size={14} label={line.level} />
            )}
            <span className={classes.phase}>{line.phase}</span>
            <span className={classes.message}>{line.message}</span>
          </div>
        ))}
      </div>
    </section>
  );
}
