import { IconArchive } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';

import type { RestoreView, TableDifferenceView } from '../../ipc/bindings';
import { Checks, checkSum } from '../../shared/Checks';
import { CommandLine } from '../../shared/CommandLine';
import { count, counted, elapsed, sentence } from '../../shared/format';
import { Block, Text } from '../../shared/Layout';
import { LinkButton } from '../../shared/LinkButton';
import { Section } from '../../shared/PageHeader';
import { Figure, PlainTable } from '../../shared/PlainTable';
import { stateOfVerdict } from '../../shared/StateIcon';
import { Verdict } from '../../shared/Verdict';
import { Words } from '../../shared/Words';
import classes from './RestoreVerdict.module.css';
import { scratchesQuery } from './queries';
import { VERDICT_WORDS } from './words';

/** What is the matter with one table, in words. */
export function differenceWords({
  expectedRows,
  foundRows,
  contentDiffers,
  problem,
}: TableDifferenceView): string {
  if (problem !== null) return problem;
  if (foundRows === null) return 'missing';
  if (expectedRows === null) return 'not in the backup';
  if (contentDiffers) return 'same count, other content';
  const off = foundRows - expectedRows;
  return off < 0 ? `${counted(-off, 'row')} too few` : `${counted(off, 'row')} too many`;
}

function Differences({ differences }: { differences: readonly TableDifferenceView[] }) {
  return (
    <Section
      title="Tables that differ"
      aside={<span className="num">{counted(differences.length, 'table')}</span>}
    >
      <Block top={3}>
        <PlainTable
          titles={[
            'Table',
            { title: 'Rows in the backup', isFigure: true },
            { title: 'Rows found', isFigure: true },
            'What differs',
          ]}
        >
          {differences.map((difference) => (
            <tr key={difference.table}>
              <td>
                <code>{difference.table}</code>
              </td>
              <Figure>{count(difference.expectedRows)}</Figure>
              <Figure>{count(difference.foundRows)}</Figure>
              <Text as="td" tone="danger">
                {differenceWords(difference)}
              </Text>
            </tr>
          ))}
        </PlainTable>
      </Block>
    </Section>
  );
}

interface RestoreVerdictProps {
  restore: RestoreView;
  /** How long the whole run took. */
  tookMs: number | null;
  after?: ReactNode;
}

/** The verdict of a restore: the checks decide, not the tool's exit code. */
export function RestoreVerdict({ restore, tookMs, after }: RestoreVerdictProps) {
  const wasCompared = restore.tablesChecked > 0;
  // An undo by names, and a discard, load nothing; what was dropped cannot be connected to.
  const wasLoaded = wasCompared || restore.checks.length > 0 || restore.restoreMs > 0;
  const took = restore.restoreMs + restore.checkMs;
  const { data: scratches } = useQuery({ ...scratchesQuery(), enabled: restore.scratchId !== null });
  const isGone =
    restore.scratchId !== null && scratches?.every((scratch) => scratch.id !== restore.scratchId) === true;
  return (
    <>
      <Verdict
        tone={stateOfVerdict(restore.verdict)}
        title={
          <>
            {wasLoaded || restore.verdict !== 'pass' ? VERDICT_WORDS[restore.verdict] : 'Done.'}{' '}
            {sentence(restore.reason)}
          </>
        }
        figure={
          wasCompared
            ? {
                value: elapsed(took),
                label: `${elapsed(restore.restoreMs)} to restore, ${elapsed(restore.checkMs)} to check`,
              }
            : { value: elapsed(tookMs), label: 'for the whole run' }
        }
        testId="restore-verdict"
        acts={
          <LinkButton
            to="/backup/$id"
            params={{ id: restore.backupId }}
            leftSection={<IconArchive aria-hidden />}
          >
            See the backup
          </LinkButton>
        }
      >
        Database <code>{restore.database}</code> on <Words text={restore.target} />.{' '}
        {wasCompared
          ? `${counted(restore.tablesChecked, 'table')} and ${counted(restore.rowsChecked, 'row')} were compared with the counts and fingerprints of the backup.`
          : wasLoaded
            ? 'Rows were told apart by their keys; none was compared with the fingerprints of the backup.'
            : 'Nothing was loaded from a backup, so nothing was compared.'}
      </Verdict>
      {restore.checks.length > 0 && (
        <Section
          title="Checks"
          aside={
            <Text as="span" tone="quiet" size="xs">
              {checkSum(restore.checks)}
            </Text>
          }
        >
          <Checks checks={restore.checks} />
        </Section>
      )}
      {after}
      {restore.differences.length > 0 && <Differences differences={restore.differences} />}
      {(wasLoaded || restore.scratchId !== null) && !isGone && (
        <Section title="Connect to it">
          <CommandLine command={restore.connect} label="Copy how to connect" />
        </Section>
      )}
      {restore.limits.length > 0 && (
        <Section title="Not here">
          <ul className={classes.notes}>
            {restore.limits.map((limit) => (
              <li key={limit}>{limit}</li>
            ))}
          </ul>
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
