import type { RemedyView } from '../ipc/bindings';
import { CopyButton } from './CopyButton';
import { Block, Text } from './Layout';
import classes from './Remedied.module.css';
import { Words } from './Words';

type Props = {
  /** What stands in the way, as sentences. */
  sentences: readonly string[];
  /** The statements that take some of it away. */
  remedies: readonly RemedyView[];
};

/** What stands in the way, and the SQL that a person can run on the server, to copy. */
export function Remedied({ sentences, remedies }: Props) {
  const of = new Map(remedies.map((remedy) => [remedy.at, remedy]));
  const all = sentences.flatMap((_, at) => of.get(at)?.sql ?? []);
  return (
    <>
      <ul className={classes.list}>
        {sentences.map((sentence, at) => {
          const remedy = of.get(at);
          return (
            <li key={at}>
              <Words text={remedy ? remedy.obstacle : sentence} />
              {remedy && (
                <Block top={1}>
                  <Text as="span" tone="soft" size="xs">
                    Run on that server:
                  </Text>
                  <div className={classes.sql}>
                    <pre>{remedy.sql}</pre>
                    <CopyButton text={remedy.sql} what={`the SQL “${remedy.sql}”`} testId="copy-sql" />
                  </div>
                </Block>
              )}
            </li>
          );
        })}
      </ul>
      {all.length > 1 && (
        <Block top={2.5}>
          <CopyButton text={all.join('\n')} what="as SQL" quiet={false} testId="copy-all-sql">
            {all.length === 2 ? 'Copy both statements' : `Copy all ${all.length} statements`}
          </CopyButton>
        </Block>
      )}
    </>
  );
}
