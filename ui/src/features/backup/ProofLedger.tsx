import type { ProofView } from '../../ipc/bindings';
import { counted, elapsed, LEVEL_WORDS, moment, sentence } from '../../shared/format';
import { Moment } from '../../shared/Moment';
import { StateIcon, stateOfVerdict } from '../../shared/StateIcon';
import { Words } from '../../shared/Words';
import classes from './ProofLedger.module.css';
import { lastOf, LEVEL_MEANS, LEVELS, VERDICT_WORDS } from './words';

/** The three levels, each with its own verdict: never one tick for all. */
export function ProofLedger({ proofs }: { proofs: readonly ProofView[] }) {
  return (
    <>
      <ol aria-label="Proof levels">
        {LEVELS.map((level) => {
          const proof = lastOf(proofs, level);
          const state = proof ? stateOfVerdict(proof.verdict) : 'idle';
          return (
            <li key={level} className={proof ? classes.level : `${classes.level} ${classes.untried}`} data-testid={`proof-${level}`}>
              <StateIcon state={state} size={18} />
              <div className={classes.body}>
                <div className={classes.line}>
                  <span className={classes.name}>
                    {LEVEL_WORDS[level]} <span className={`${classes.word} tone-${state}`}>{proof ? VERDICT_WORDS[proof.verdict] : 'not tried yet'}</span>
                  </span>
                  {proof && (
                    <span className={classes.when}>
                      <Moment ms={proof.atMs} />
                    </span>
                  )}
                </div>
                <div className={`${classes.line} ${classes.detail}`}>
                  <span>{proof ? <Words text={sentence(proof.reason)} /> : LEVEL_MEANS[level]}</span>
                  {proof && <span>{elapsed(proof.elapsedMs)}</span>}
                </div>
              </div>
            </li>
          );
        })}
      </ol>
      {proofs.length > 1 && (
        <details className={classes.history}>
          <summary>All {counted(proofs.length, 'attempt')}</summary>
          <ol>
            {proofs.map((proof) => (
              <li key={`${proof.level} ${proof.atMs}`}>
                <span>{moment(proof.atMs)}</span>
                <span>{LEVEL_WORDS[proof.level]}</span>
                <span className={`tone-${stateOfVerdict(proof.verdict)}`}>{VERDICT_WORDS[proof.verdict]}</span>
                <span>{sentence(proof.reason)}</span>
              </li>
            ))}
          </ol>
        </details>
      )}
    </>
  );
}
