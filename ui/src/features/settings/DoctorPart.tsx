import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { DoctorReport, Finding } from '../../ipc/bindings';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { counted, sentence } from '../../shared/format';
import { LoadingLines } from '../../shared/LoadingLines';
import { Moment } from '../../shared/Moment';
import { StateIcon, stateOfSeverity } from '../../shared/StateIcon';
import { Acts, Part } from './Part';
import classes from './Part.module.css';
import { doctorQuery } from './queries';

const WORDS: Record<Finding['severity'], string> = {
  ok: 'well',
  warning: 'look at it',
  error: 'does not work',
};
const ORDER: Record<Finding['severity'], number> = { error: 0, warning: 1, ok: 2 };

/** The answer of the page, from what the doctor found. */
export function doctorSentence(report: DoctorReport | undefined): string {
  if (!report) return 'Settings';
  const bad = report.findings.filter((finding) => finding.severity !== 'ok').length;
  if (bad === 0) return 'Everything on this computer is in order.';
  return bad === 1
    ? 'One thing on this computer needs a look.'
    : `${bad} things on this computer need a look.`;
}

function Item({ finding }: { finding: Finding }) {
  const state = stateOfSeverity(finding.severity);
  return (
    <li className={classes.item} data-testid={`finding-${finding.check}`}>
      <StateIcon state={state} size={18} label={WORDS[finding.severity]} />
      <div className={classes.itemWords}>
        <b className={finding.severity === 'ok' ? undefined : `tone-${state}`}>{sentence(finding.message)}</b>
        {finding.hint && <p>{finding.hint}</p>}
      </div>
    </li>
  );
}

/** What the doctor found: what is wrong first, what is well on request. */
export function DoctorPart() {
  const { data, error, isFetching, refetch } = useQuery(doctorQuery());
  const [isWhole, setWhole] = useState(false);
  const findings = [...(data?.findings ?? [])].sort((a, b) => ORDER[a.severity] - ORDER[b.severity]);
  const well = findings.filter((finding) => finding.severity === 'ok').length;
  const shown =
    isWhole || well === findings.length ? findings : findings.filter((finding) => finding.severity !== 'ok');

  return (
    <Part
      id="doctor"
      title="Doctor"
      hint={
        data ? (
          <>
            Looked <Moment ms={data.atMs} />.
          </>
        ) : (
          'Looks at tools, vault, disk and keys.'
        )
      }
    >
      {error && <ErrorPanel error={error} onRetry={() => void refetch()} />}
      {!data && !error && <LoadingLines what="what the doctor finds" />}
      {data && (
        <>
          <ul className={classes.list}>
            {shown.map((finding) => (
              <Item key={`${finding.check} ${finding.message}`} finding={finding} />
            ))}
          </ul>
          {shown.length < findings.length && (
            <button type="button" className={classes.more} onClick={() => setWhole(true)}>
              Show {counted(well, 'thing')} that {well === 1 ? 'is' : 'are'} well
            </button>
          )}
          <Acts>
            <Button
              size="xs"
              leftSection={<IconRefresh aria-hidden />}
              loading={isFetching}
              onClick={() => void refetch()}
            >
              Look again
            </Button>
          </Acts>
        </>
      )}
    </Part>
  );
}
