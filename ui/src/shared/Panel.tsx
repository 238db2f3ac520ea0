import type { ReactNode } from 'react';
import type { ProjectState } from '../ipc/bindings';
import { Block, Row, Text } from './Layout';
import css from './Panel.module.css';
import { StateIcon } from './StateIcon';

/** A line around things that belong together; never inside another one. */
export function Panel({ children, padded = true }: { children: ReactNode; padded?: boolean }) {
  return <div className={`${css.panel} ${padded ? css.padded : ''}`}>{children}</div>;
}

type NoteProps = {
  state: Exclude<ProjectState, 'idle'> | 'plain';
  /** The word comes first: `Pass.`, `Fail.` */
  title: ReactNode;
  children?: ReactNode;
  acts?: ReactNode;
  testId?: string;
};

/** A verdict or something to know: soft fill, icon, title, what it means, acts. */
export function Note({ state, title, children, acts, testId }: NoteProps) {
  return (
    <div className={css.note} data-tone={state} data-testid={testId}>
      <StateIcon state={state === 'plain' ? 'idle' : state} size={20} />
      <Block shrinks>
        <Text weight="strong" leading={1.35} breaks>
          {title}
        </Text>
        {children !== undefined && <div className={css.text}>{children}</div>}
        {acts !== undefined && (
          <Row gap={2} align="stretch" wraps top={3}>
            {acts}
          </Row>
        )}
      </Block>
    </div>
  );
}
