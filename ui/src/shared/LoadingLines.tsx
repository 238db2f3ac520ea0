import { Stack } from './Layout';
import classes from './LoadingLines.module.css';

const WIDTHS = ['38%', '64%', '52%', '70%', '46%'];

/** The place of an answer that is on its way. */
export function LoadingLines({ what }: { what: string }) {
  return (
    <Stack gap={3} pad={2} role="status" aria-label={`Reading ${what}`}>
      {WIDTHS.map((width) => (
        <span key={width} className={classes.line} style={{ width }} />
      ))}
    </Stack>
  );
}
