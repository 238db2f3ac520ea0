import { useMemo } from 'react';

import type { TableView } from '../../ipc/bindings';
import { bytes, count, counted } from '../../shared/format';
import { Tick } from '../../shared/Tick';
import { tableName } from './draft';
import classes from './TableChooser.module.css';

interface SchemaHeadProps {
  schema: string;
  /** The tables in sight, of all schemas. */
  tables: readonly TableView[];
  chosen: ReadonlySet<string>;
  /** Whether only some tables are in sight: then only those are meant. */
  isSifted: boolean;
  onSet: (tables: readonly TableView[], isOn: boolean) => void;
}

/** A schema as a group that is chosen as a whole. */
export function SchemaHead({ schema, tables, chosen, isSifted, onSet }: SchemaHeadProps) {
  const own = useMemo(() => tables.filter((table) => table.schema === schema), [tables, schema]);
  const many = own.filter((table) => chosen.has(tableName(table))).length;
  const isAll = many === own.length;
  const size = own.reduce((sum, table) => sum + table.sizeBytes, 0);
  return (
    <label className={classes.schema}>
      <Tick
        checked={isAll}
        ref={(box) => {
          if (box) box.indeterminate = many > 0 && !isAll;
        }}
        onChange={() => onSet(own, !isAll)}
        aria-label={
          isSifted ? `Restore these ${counted(own.length, 'table')} of ${schema}` : `Restore all of ${schema}`
        }
        data-testid={`schema-${schema}`}
      />
      <code title={schema}>{schema}</code>
      <span className={classes.figures}>
        {many === 0 ? counted(own.length, 'table') : `${count(many)} of ${counted(own.length, 'table')}`},{' '}
        {bytes(size)}
      </span>
    </label>
  );
}
