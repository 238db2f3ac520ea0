import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useId, type ReactNode } from 'react';
import { toUserError } from '../ipc/call';
import { errorFace, errorText } from '../ipc/errors';
import { CopyButton } from './CopyButton';
import css from './ErrorPanel.module.css';
import { sentence } from './format';
import { Block, Row, Text } from './Layout';
import { StateIcon } from './StateIcon';
import { Words } from './Words';

type Props = {
  /** Anything that was thrown, or a `UserError` of the contract. */
  error: unknown;
  /** What was being done; the code's own title otherwise. */
  title?: string;
  /** Tries the very same again. */
  onRetry?: () => void;
  /** Acts that put it right, before `Try again`. */
  children?: ReactNode;
};

/** What happened, what to do, and at the foot the code and the report to pass on. */
export function ErrorPanel({ error, title, onRetry, children }: Props) {
  const id = useId();
  const shown = toUserError(error);
  const face = errorFace(shown);
  const heading = title ?? face.title;
  const mayRetry = onRetry !== undefined && shown.retry !== 'never';
  return (
    <div
      className={css.panel}
      data-tone={face.tone}
      role="alert"
      aria-labelledby={id}
      data-testid="error-panel"
    >
      <div className={css.body}>
        <StateIcon state={face.tone} size={20} />
        <Block shrinks>
          <Text weight="strong" leading={1.35} breaks id={id}>
            {heading ?? <Words text={sentence(shown.message)} />}
          </Text>
          {heading !== null && (
            <p className={css.message}>
              <Words text={sentence(shown.message)} />
            </p>
          )}
          {shown.hint !== null && (
            <p className={css.hint}>
              <Words text={shown.hint} />
            </p>
          )}
          {(children !== undefined || mayRetry) && (
            <Row gap={2} align="stretch" wraps top={3}>
              {children}
              {mayRetry && (
                <Button leftSection={<IconRefresh />} onClick={onRetry}>
                  Try again
                </Button>
              )}
            </Row>
          )}
        </Block>
      </div>
      <div className={css.foot}>
        <span>
          <code>{shown.code}</code>
          {shown.reportId !== '' && (
            <span>
              {' '}
              · report <code>{shown.reportId}</code>
            </span>
          )}
        </span>
        <CopyButton text={errorText(shown)} what="the error" />
      </div>
    </div>
  );
}
