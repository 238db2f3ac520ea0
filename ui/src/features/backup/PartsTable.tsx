import type { PartView } from '../../ipc/bindings';
import { CopyIcon } from '../../shared/CommandLine';
import { bytes } from '../../shared/format';
import { Text } from '../../shared/Layout';
import { Figure, PlainTable } from '../../shared/PlainTable';
import classes from './PartsTable.module.css';

/** The parts of a backup with their checksums. */
export function PartsTable({ parts }: { parts: readonly PartView[] }) {
  return (
    <PlainTable titles={['Part', 'File in the backup', { title: 'Size', isFigure: true }, 'SHA-256']}>
      {parts.map((part) => (
        <tr key={part.path}>
          <td>{part.component}</td>
          <Text as="td" tone="soft" breaks>
            <code>{part.path}</code>
          </Text>
          <Figure>{bytes(part.sizeBytes)}</Figure>
          <td>
            <span className={classes.hash}>
              <code title={part.sha256}>{part.sha256}</code>
              <CopyIcon text={part.sha256} label={`Copy the SHA-256 of ${part.path}`} />
            </span>
          </td>
        </tr>
      ))}
    </PlainTable>
  );
}
