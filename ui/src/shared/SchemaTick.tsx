import { useMemo } from 'react';

import { bytes, count, counted } from './format';
import css from './SchemaTick.module.css';
import { Tick } from './Tick';

interface TableOfSchema {
  schema: string;
  sizeBytes: number;
}

interface SchemaTickProps<Table extends TableOfSchema> {
  schema: string;
  /** The tables in sight, of all schemas. */
  tables: readonly Table[];
  /** What is ticked, as `wordOf` says it. */
  ticked: ReadonlySet<string>;
  wordOf: (table: Table) => string;
  /** What the tick does, of so many tables. */
  labelOf: (count: number) => string;
  testId: string;
  onSet: (tables: readonly Table[], isOn: boolean) => void;
}

/** A schema as a group of a list of tables, which is ticked as a whole. */
export function SchemaTick<Table extends TableOfSchema>(props: SchemaTickProps<Table>) {
  const { schema, tables, ticked, wordOf, labelOf, testId, onSet } = props;
  const own = useMemo(() => tables.filter((table) => table.schema === schema), [tables, schema]);
  const many = own.filter((table) => ticked.has(wordOf(table))).length;
  const isAll = many === own.length;
  const size = own.reduce((sum, table) => sum + table.sizeBytes, 0);
  return (
    <label className={css.schema}>
      <Tick
        checked={isAll}
        ref={(box) => {
          if (box) box.indeterminate = many > 0 && !isAll;
        }}
        onChange={() => onSet(own, !isAll)}
        aria-label={labelOf(own.length)}
        data-testid={testId}
      />
      <code title={schema}>{schema}</code>
      <span className={css.figures}>
        {many === 0 ? counted(own.length, 'table') : `${count(many)} of ${counted(own.length, 'table')}`},{' '}
        {bytes(size)}
      </span>
    </label>
  );
}
