import type { TreeView } from '../../ipc/bindings';
import { bytes, count } from '../../shared/format';
import { Section } from '../../shared/PageHeader';
import classes from './PartsTable.module.css';

const NAMES: Record<string, string> = {
  storage: 'Stored files',
  config: 'Configuration',
  redis: 'Redis',
  logs: 'Logs',
  other: 'Other files',
};

/** The folders of files beside the database. */
export function TreesTable({ trees }: { trees: readonly TreeView[] }) {
  return (
    <Section title="Folders">
      <table className={classes.table} data-testid="trees">
        <thead>
          <tr>
            <th>What</th>
            <th>Folder in the backup</th>
            <th className={classes.number}>Files</th>
            <th className={classes.number}>Size</th>
          </tr>
        </thead>
        <tbody>
          {trees.map((tree) => (
            <tr key={tree.path}>
              <td>{NAMES[tree.component] ?? tree.component}</td>
              <td className={classes.path}>
                <code>{tree.path}</code>
              </td>
              <td className={classes.number}>{count(tree.files)}</td>
              <td className={classes.number}>{bytes(tree.sizeBytes)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
