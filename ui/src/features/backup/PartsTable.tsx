import type { PartView } from '../../ipc/bindings';
import { CopyIcon } from '../../shared/CommandLine';
import { bytes } from '../../shared/format';
import classes from './PartsTable.module.css';

/** The parts of a backup with their checksums. */
export function PartsTable({ parts }: { parts: readonly PartView[] }) {
  return (
    <table className={classes.table}>
      <thead>
        <tr>
          <th>Part</th>
          <th>File in the backup</th>
          <th className={classes.number}>Size</th>
          <th>SHA-256</th>
        </tr>
      </thead>
      <tbody>
        {parts.map((part) => (
          <tr key={part.path}>
            <td>{part.component}</td>
            <td className={classes.path}>
              <code>{part.path}</code>
            </td>
            <td className={classes.number}>{bytes(part.sizeBytes)}</td>
            <td>
              <span className={classes.hash}>
                <code title={part.sha256}>{part.sha256}</code>
                <CopyIcon text={part.sha256} label={`Copy the SHA-256 of ${part.path}`} />
              </span>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
