import type { RollingView } from '../ipc/bindings';
import { counted, exactMoment } from './format';
import classes from './RollingParts.module.css';

/** More parts than this are no marks any more, but a line. */
const MARKS_MAX = 60;

/** The parts of the vault's data: those that were read again in this cycle are filled. */
export function RollingParts({ rolling }: { rolling: RollingView }) {
  const { parts, done } = rolling;
  const label = `${done.length} of ${counted(parts, 'part')} read again`;
  if (parts > MARKS_MAX)
    return <progress className={classes.line} max={parts} value={done.length} aria-label={label} />;
  const atOf = new Map(done.map(({ n, atMs }) => [n, atMs]));
  return (
    <span className={classes.parts} role="img" aria-label={label}>
      {Array.from({ length: parts }, (_, index) => {
        const at = atOf.get(index + 1);
        const when =
          at === undefined || at === null ? 'not read yet in this round' : `read ${exactMoment(at)}`;
        return <i key={index} data-done={at !== undefined} title={`Part ${index + 1}: ${when}`} />;
      })}
    </span>
  );
}
