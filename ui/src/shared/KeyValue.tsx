import { Fragment, type ReactNode } from 'react';
import css from './KeyValue.module.css';

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
            {note !== undefined && note !== null && <span className={css.note}>{note}</span>}
          </dd>
        </Fragment>
      ))}
    </dl>
  );
}
