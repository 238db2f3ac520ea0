import { IconArchive } from '@tabler/icons-react';
import type { ReactNode } from 'react';

import type { RestoreView, TableDifferenceView } from '../../ipc/bindings';
import { Checks, checkSum } from '../../shared/Checks';
import { CommandLine } from '../../shared/CommandLine';
import { count, counted, elapsed, sentence } from '../../shared/format';
import { LinkButton } from '../../shared/LinkButton';
import { Section } from '../../shared/PageHeader';
import { stateOfVerdict } from '../../shared/StateIcon';
import { Verdict } from '../../shared/Verdict';
import { Words } from '../../shared/Words';
import classes from './RestoreVerdict.module.css';
import { VERDICT_WORDS } from './words';

/** What is the matter with one table, in words. */
export function differenceWords({ expectedRows, foundRows, contentDiffers, problem }: TableDifferenceView): string {
  if (problem !== null) return problem;
  if (foundRows === null) return 'missing';
  if (expectedRows === null) return 'not in the backup';
  if (contentDiffers) return 'same count, other content';
  const off = foundRows - expectedRows;
  return off < 0 ? `${counted(-off, 'row')} too few` : `${counted(off, 'row')} too many`;
}

function Differences({ differences }: { differences: readonly TableDifferenceView[] }) {
  return (
    <Section title="Tables that differ" aside={<span className="num">{counted(differences.length, 'table')}</span>}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th>Table</th>
            <th className={classes.number}>Rows in the backup</th>
            <th className={classes.number}>Rows found</th>
            <th>What differs</th>
          </tr>
        </thead>
        <tbody>
          {differences.map((difference) => (
            <tr key={difference.table}>
              <td>
                <code>{difference.table}</code>
              </td>
              <td className={classes.number}>{count(difference.expectedRows)}</td>
              <td className={classes.number}>{count(difference.foundRows)}</td>
              <td className={classes.why}>{differenceWords(difference)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

/** The verdict of a restore: the checks decide, not the tool's exit code. */
export function RestoreVerdict({ restore, after }: { restore: RestoreView; after?: ReactNode }) {
  // An undo by names, and a discard, load nothing; what was dropped cannot be connected to.
  const wasLoaded = (restore.tablesChecked ?? 0) > 0;
  const took = (restore.restoreMs ?? 0) + (restore.checkMs ?? 0);
  return (
    <>
      <Verdict
        tone={stateOfVerdict(restore.verdict)}
        title={
          <>
            {VERDICT_WORDS[restore.verdict]} {sentence(restore.reason)}
          </>
        }
        figure={{ value: elapsed(took), label: `${elapsed(restore.restoreMs)} to restore, ${elapsed(restore.checkMs)} to check` }}
        testId="restore-verdict"
        acts={
          <LinkButton to="/backup/$id" params={{ id: restore.backupId }} leftSection={<IconArchive aria-hidden />}>
            See the backup
          </LinkButton>
        }
      >
        Database <code>{restore.database}</code> on <Words text={restore.target} />.{' '}
        {wasLoaded
          ? `${counted(restore.tablesChecked, 'table')} and ${counted(restore.rowsChecked, 'row')} were compared with the counts and fingerprints of the backup.`
          : 'No table was compared.'}
      </Verdict>
      {restore.checks.length > 0 && (
        <Section title="Checks" aside={<span className={classes.sum}>{checkSum(restore.checks)}</span>}>
          <Checks checks={restore.checks} />
        </Section>
      )}
      {after}
      {restore.differences.length > 0 && <Differences differences={restore.differences} />}
      {(wasLoaded || restore.scratchId !== null) && (
        <Section title="Connect to it">
          <CommandLine command={restore.connect} label="Copy how to connect" />
        </Section>
      )}
      {restore.notes.length > 0 && (
        <Section title="Messages of the tools">
          <ul className={classes.notes}>
            {restore.notes.map((note) => (
              <li key={note}>{note}</li>
            ))}
          </ul>
        </Section>
      )}
    </>
  );
}
