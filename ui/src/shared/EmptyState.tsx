import type { ReactNode } from 'react';
import css from './EmptyState.module.css';
import { Row, Text } from './Layout';

type Props = { sentence: string; children?: ReactNode; detail?: ReactNode };

/** One sentence and one button, where the list will be. */
export function EmptyState({ sentence, detail, children }: Props) {
  return (
    <div className={css.empty} data-testid="empty-state">
      <Text weight="medium">{sentence}</Text>
      {detail !== undefined && (
        <Text top={0.5} max={40} tone="soft" size="sm">
          {detail}
        </Text>
      )}
      {children !== undefined && (
        <Row gap={2} align="stretch" wraps top={4}>
          {children}
        </Row>
      )}
    </div>
  );
}
