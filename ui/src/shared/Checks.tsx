import type { CheckVerdictView, CheckView, ProjectState } from '../ipc/bindings';
import classes from './Checks.module.css';
import { Row } from './Layout';
import { StateIcon } from './StateIcon';
import { Words } from './Words';

const CHECK_WORDS: Record<CheckVerdictView, string> = {
  pass: 'pass',
  fail: 'fail',
  inconclusive: 'could not be made',
  noted: 'as it was, to look at',
  not_checked: 'not checked',
};

const CHECK_STATES: Record<CheckVerdictView, ProjectState> = {
  pass: 'ok',
  fail: 'danger',
  inconclusive: 'inconclusive',
  noted: 'warn',
  not_checked: 'idle',
};

/** `9 passed, 1 not checked`. */
export function checkSum(checks: readonly CheckView[]): string {
  const of = (verdict: CheckVerdictView) => checks.filter((check) => check.verdict === verdict).length;
  const parts = [
    `${of('pass')} passed`,
    of('fail') > 0 && `${of('fail')} failed`,
    of('inconclusive') > 0 && `${of('inconclusive')} could not be made`,
    of('noted') > 0 && `${of('noted')} to look at`,
    of('not_checked') > 0 && `${of('not_checked')} not checked`,
  ];
  return parts.filter(Boolean).join(', ');
}

/** Every check, with its figure and what was done; what nobody looked at stays in sight. */
export function Checks({ checks }: { checks: readonly CheckView[] }) {
  return (
    <ul className={classes.checks} data-testid="checks">
      {checks.map((check) => {
        const state = CHECK_STATES[check.verdict];
        const hidden = check.found - check.findings.length;
        return (
          <li key={check.id} data-verdict={check.verdict}>
            <Row as="span" gap={2} sign={0.25} align="start">
              <StateIcon state={state} label={CHECK_WORDS[check.verdict]} />
              {check.title}
            </Row>
            <span className={classes.figure} data-quiet={check.verdict === 'not_checked'}>
              {check.figure}
            </span>
            <span className={classes.done}>
              <Words text={check.done} />
              {check.findings.length > 0 && (
                <ul className={classes.findings} data-tone={state}>
                  {check.findings.map((finding, index) => (
                    <li key={`${index} ${finding}`}>{finding}</li>
                  ))}
                  {hidden > 0 && <li>and {hidden} more</li>}
                </ul>
              )}
            </span>
          </li>
        );
      })}
    </ul>
  );
}
