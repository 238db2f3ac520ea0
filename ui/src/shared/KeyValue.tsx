import { Fragment, type ReactNode } from 'react';
import css from './KeyValue.module.css';
import { Text } from './Layout';

type Row = { name: string; value: ReactNode; note?: ReactNode };

/** Names and values beside each other. */
export function KeyValue({ rows }: { rows: readonly Row[] }) {
  return (
    <dl className={css.list}>
      {rows.map(({ name, value, note }) => (
        <Fragment key={name}>
          <dt>{name}</dt>
          <dd>
            {value}
            {note !== undefined && note !== null && (
              <Text as="span" block tone="quiet" size="xs" leading={1.4}>
                {note}
              </Text>
            )}
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}
