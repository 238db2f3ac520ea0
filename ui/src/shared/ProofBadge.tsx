import type { ReactNode } from 'react';
import type { LevelView, ProofView } from '../ipc/bindings';
import { levelNumber, LEVEL_WORDS } from './format';
import css from './ProofBadge.module.css';

type Mark = 'proven' | 'open' | 'failed' | 'inconclusive' | 'running';
type Marks = readonly [Mark, Mark, Mark];

type Props = {
  /** Highest level whose last verdict is a pass. */
  level: LevelView | null;
  /** The last proof that was tried: a failure or a missing verdict shows on its own bar. */
  last?: Pick<ProofView, 'level' | 'verdict'> | null;
  /** The level that is being proven now. */
  running?: LevelView | null;
  /** When, or why: the line below. */
  note?: ReactNode;
  /** Another word than the level's. */
  word?: string;
};

const LEVELS: readonly LevelView[] = ['bytes', 'readable', 'restored'];

/** What each of the three bars shows. */
export function proofMarks({ level, last, running }: Pick<Props, 'level' | 'last' | 'running'>): Marks {
  const proven = levelNumber(level);
  const mark = (index: number): Mark => {
    const own = LEVELS[index];
    if (running === own) return 'running';
    if (last && last.level === own && last.verdict === 'fail') return 'failed';
    if (last && last.level === own && last.verdict === 'inconclusive') return 'inconclusive';
    return index < proven ? 'proven' : 'open';
  };
  return [mark(0), mark(1), mark(2)];
}

/** The badge in words, for people who do not see it, and for its word. */
export function proofWords(
  level: LevelView | null,
  last?: Props['last'],
  running?: LevelView | null,
): { word: string; spoken: string; tone: string } {
  const base = level === null ? 'nothing proven yet' : `proof level ${levelNumber(level)} of 3`;
  if (running)
    return {
      word: level ? LEVEL_WORDS[level] : 'Not yet',
      spoken: `${base}, ${running} is being proven`,
      tone: '',
    };
  if (last?.verdict === 'fail' && level === null)
    return { word: 'Fail', spoken: `${last.level} failed, ${base}`, tone: 'tone-danger' };
  if (last?.verdict === 'inconclusive' && level === null)
    return {
      word: 'Not proven',
      spoken: `${last.level} was inconclusive, ${base}`,
      tone: 'tone-inconclusive',
    };
  const tail =
    last?.verdict === 'fail'
      ? `, ${last.level} failed`
      : last?.verdict === 'inconclusive'
        ? `, ${last.level} was inconclusive`
        : '';
  return { word: level ? LEVEL_WORDS[level] : 'Not yet', spoken: base + tail, tone: '' };
}

const FULL = [
  { x: 0, y: 9, h: 5 },
  { x: 5.5, y: 4.5, h: 9.5 },
  { x: 11, y: 0, h: 14 },
] as const;

/** Three rising bars: bytes, readable, restored. */
export function ProofBars({ marks, label }: { marks: Marks; label?: string }) {
  return (
    <svg
      className={css.bars}
      viewBox="0 0 15 14"
      {...(label ? { role: 'img', 'aria-label': label } : { 'aria-hidden': true })}
    >
      {FULL.map(({ x, y, h }, index) => {
        const mark = marks[index] ?? 'open';
        if (mark === 'proven' || mark === 'running')
          return <rect key={x} className={css[mark]} x={x} y={y} width="4" height={h} rx="1" />;
        return (
          <g key={x}>
            <rect className={css[mark]} x={x + 0.5} y={y + 0.5} width="3" height={h - 1} rx="0.75" />
            {mark === 'failed' && (
              <path className={css.strike} d={`M${x - 0.75} 14.5L${x + 4.75} ${Math.max(y - 0.5, 8)}`} />
            )}
          </g>
        );
      })}
    </svg>
  );
}

/** How far a copy is proven: bars, word, when. */
export function ProofBadge({ level, last, running, note, word }: Props) {
  const words = proofWords(level, last, running);
  return (
    <span className={css.block}>
      <span className={`${css.badge} ${words.tone}`}>
        <ProofBars marks={proofMarks({ level, last, running })} label={words.spoken} />
        {word ?? words.word}
      </span>
      {note !== undefined && <span className={css.note}>{note}</span>}
    </span>
  );
}

/** What the bars mean, beside the head of a list. */
export function ProofLegend() {
  return (
    <span className={css.legend}>
      {LEVELS.map((level) => (
        <span key={level} className={css.legendItem}>
          <ProofBars marks={proofMarks({ level })} />
          {level}
        </span>
      ))}
    </span>
  );
}
