import type { TreeView } from '../../ipc/bindings';
import { bytes, count } from '../../shared/format';
import { Text } from '../../shared/Layout';
import { Section } from '../../shared/PageHeader';
import { Figure, PlainTable } from '../../shared/PlainTable';

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
      <PlainTable
        titles={[
          'What',
          'Folder in the backup',
          { title: 'Files', isFigure: true },
          { title: 'Size', isFigure: true },
        ]}
        testId="trees"
      >
        {trees.map((tree) => (
          <tr key={tree.path}>
            <td>{NAMES[tree.component] ?? tree.component}</td>
            <Text as="td" tone="soft" breaks>
              <code>{tree.path}</code>
            </Text>
            <Figure>{count(tree.files)}</Figure>
            <Figure>{bytes(tree.sizeBytes)}</Figure>
          </tr>
        ))}
      </PlainTable>
    </Section>
  );
}
