import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';

import type { BackupRow } from '../../ipc/bindings';
import { bytes, count, moment } from '../../shared/format';
import { Block } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import { ProofBadge } from '../../shared/ProofBadge';
import { Words } from '../../shared/Words';
import classes from './DiffSides.module.css';
import type { SidedDiff } from './sides';
import { signedBytes, signedCount } from './words';

interface Line {
  name: string;
  of: (row: BackupRow) => ReactNode;
  /** What became of it; absent where there is nothing to subtract. */
  difference?: (left: BackupRow, right: BackupRow) => string | null;
}

const minus =
  (of: (row: BackupRow) => number | null, words: (value: number) => string) =>
  (left: BackupRow, right: BackupRow) => {
    const [a, b] = [of(left), of(right)];
    return a === null || b === null ? 'unknown' : signed(b - a, words);
  };
const signed = (value: number, words: (value: number) => string) => (value === 0 ? 'the same' : words(value));

const LINES: readonly Line[] = [
  {
    name: 'Moment',
    of: (row) => (
      <Link to="/backup/$id" params={{ id: row.id }}>
        <Moment ms={row.atMs} />
      </Link>
    ),
  },
  { name: 'Backup', of: (row) => <code>{row.shortId}</code> },
  { name: 'Why', of: (row) => <Words text={row.reason ?? row.trigger} /> },
  {
    name: 'Proof',
    of: (row) => (
      <ProofBadge
        level={row.level}
        last={row.lastProof}
        note={row.lastProof ? moment(row.lastProof.atMs) : 'never verified'}
      />
    ),
  },
  {
    name: 'Rows',
    of: (row) => (row.rows === null ? 'not counted' : count(row.rows)),
    difference: minus((row) => row.rows, signedCount),
  },
  { name: 'Size', of: (row) => bytes(row.sizeBytes), difference: minus((row) => row.sizeBytes, signedBytes) },
  {
    name: 'Schema',
    of: (row) => (row.migration ? <code>{row.migration}</code> : 'no migrations found'),
    difference: (left, right) => (left.migration === right.migration ? 'the same' : 'another'),
  },
];

/** Which two backups these are. */
export function DiffSides({ diff: { left, right } }: { diff: SidedDiff }) {
  return (
    <Block top={6}>
      <table className={classes.table} aria-label="The two backups">
        <thead>
          <tr>
            <th aria-label="What" />
            <th>Left</th>
            <th>Right</th>
            <th className={classes.difference}>Difference</th>
          </tr>
        </thead>
        <tbody>
          {LINES.map(({ name, of, difference }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{of(left)}</td>
              <td>{of(right)}</td>
              <td className={classes.difference}>{difference?.(left, right)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Block>
  );
}
