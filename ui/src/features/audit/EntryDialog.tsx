import { Modal } from '@mantine/core';

import type { AuditEntryView } from '../../ipc/bindings';
import { CopyButton } from '../../shared/CopyButton';
import { count, exactMoment } from '../../shared/format';
import { KeyValue } from '../../shared/KeyValue';
import { Block } from '../../shared/Layout';
import classes from './AuditPage.module.css';
import { aboutOf } from './words';

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);
const code = (text: string) => <code className={classes.code}>{text}</code>;

/** Everything that one entry says. */
export function EntryDialog({ entry, onClose }: { entry: AuditEntryView | null; onClose: () => void }) {
  return (
    <Modal
      opened={entry !== null}
      onClose={onClose}
      title={entry ? `Entry ${count(entry.seq)}: ${entry.title}` : ''}
      size="lg"
    >
      {entry && (
        <div data-testid="audit-entry">
          <KeyValue
            rows={[
              { name: 'When', value: exactMoment(entry.atMs) },
              { name: 'Who', value: `${entry.who} on ${entry.host}` },
              { name: 'From', value: `${entry.origin}, ${entry.process}` },
              { name: 'Act', value: code(entry.act) },
              { name: 'About', value: aboutOf(entry), ...(entry.subjectId ? { note: entry.subjectId } : {}) },
              ...entry.facts.map((fact) => ({ name: capital(fact.name), value: code(fact.value) })),
              { name: 'Hash', value: code(entry.hash) },
              { name: 'Hash before', value: code(entry.prev) },
            ]}
          />
          <Block top={4}>
            <CopyButton text={JSON.stringify(entry, null, 2)} what="the entry" quiet={false} />
          </Block>
        </div>
      )}
    </Modal>
  );
}
