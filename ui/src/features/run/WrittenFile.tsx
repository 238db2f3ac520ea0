import type { WrittenFileView } from '../../ipc/bindings';
import { CommandLine, CopyIcon } from '../../shared/CommandLine';
import { bytes, count } from '../../shared/format';
import { KeyValue } from '../../shared/KeyValue';
import { Block, Text } from '../../shared/Layout';
import { Section } from '../../shared/PageHeader';
import { Note } from '../../shared/Panel';
import classes from './WrittenFile.module.css';

/** A file that a run wrote to be taken away: where it is, what proves it, how others read it. */
export function WrittenFile({ file }: { file: WrittenFileView }) {
  return (
    <div data-testid="written-file">
      {!file.isEncrypted && (
        <Block top={4}>
          <Note state="warn" title="The file holds its data in clear text.">
            <p>Keep it where only you can read it, or export again with a passphrase.</p>
          </Note>
        </Block>
      )}
      <Section title="The file">
        <KeyValue
          rows={[
            {
              name: 'Where',
              value: (
                <Text as="code" breaks>
                  {file.path}
                </Text>
              ),
            },
            { name: 'Size', value: bytes(file.sizeBytes), note: `${count(file.sizeBytes)} bytes` },
            {
              name: 'SHA-256',
              value: (
                <span className={classes.hash}>
                  <code>{file.sha256}</code>
                  <CopyIcon text={file.sha256} label="Copy the SHA-256 of the file" />
                </span>
              ),
            },
            {
              name: 'Encrypted',
              value: file.isEncrypted ? 'yes; keep the passphrase apart from the file' : 'no',
            },
          ]}
        />
        <Block as="h3" top={4} bottom={2}>
          Read it without Holdfast
        </Block>
        <CommandLine command={file.openedWith} />
      </Section>
    </div>
  );
}
