import type { ProjectState, WallStateView, WallView } from '../ipc/bindings';
import { Row } from './Layout';
import { StateIcon } from './StateIcon';

const STATE: Record<WallStateView, ProjectState> = { whole: 'ok', partly: 'warn', none: 'danger' };

/** Whether the system walls a private server in, for a row of names and values; what that means is its note. */
export function Wall({ wall }: { wall: WallView }) {
  return (
    <Row as="span" inline gap={1.5} data-testid="wall">
      <StateIcon state={STATE[wall.state]} size={14} />
      {wall.word}
    </Row>
  );
}

/** The row itself; none where there is no private server. */
export const wallRow = (wall: WallView | null | undefined) =>
  wall ? [{ name: 'Wall', value: <Wall wall={wall} />, note: wall.said }] : [];
