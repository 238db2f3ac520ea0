import type { ProofView } from '../../ipc/bindings';
import { counted, elapsed, LEVEL_WORDS, moment, sentence } from '../../shared/format';
import { Moment } from '../../shared/Moment';
import { stateOfVerdict } from '../../shared/StateIcon';
import { StatusRow } from '../../shared/StatusRow';
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
            <StatusRow
              key={level}
              testId={`proof-${level}`}
              state={state}
              title={LEVEL_WORDS[level]}
              word={proof ? VERDICT_WORDS[proof.verdict] : 'not tried yet'}
              figure={proof && <Moment ms={proof.atMs} />}
              detail={proof ? <Words text={sentence(proof.reason)} /> : LEVEL_MEANS[level]}
              pace={proof && elapsed(proof.elapsedMs)}
              isQuiet={!proof}
            />
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
                <span className={`tone-${stateOfVerdict(proof.verdict)}`}>
                  {VERDICT_WORDS[proof.verdict]}
                </span>
                <span>{sentence(proof.reason)}</span>
              </li>
            ))}
          </ol>
        </details>
      )}
    </>
  );
}
