import type { RemedyView } from '../ipc/bindings';
import { CopyButton } from './CopyButton';
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
  const of = new Map(remedies.map((remedy) => [remedy.of, remedy]));
  const all = sentences.flatMap((sentence) => of.get(sentence)?.sql ?? []);
  return (
    <>
      <ul className={classes.list}>
        {sentences.map((sentence) => {
          const remedy = of.get(sentence);
          return (
            <li key={sentence}>
              <Words text={remedy ? remedy.obstacle : sentence} />
              {remedy && (
                <div className={classes.remedy}>
                  <span className={classes.where}>Run on that server:</span>
                  <div className={classes.sql}>
                    <pre>{remedy.sql}</pre>
                    <CopyButton text={remedy.sql} what={`the SQL “${remedy.sql}”`} testId="copy-sql" />
                  </div>
                </div>
              )}
            </li>
          );
        })}
      </ul>
      {all.length > 1 && (
        <div className={classes.all}>
          <CopyButton text={all.join('\n')} what="as SQL" quiet={false} testId="copy-all-sql">
            {all.length === 2 ? 'Copy both statements' : `Copy all ${all.length} statements`}
          </CopyButton>
        </div>
      )}
    </>
  );
}
