import { IconCheck } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import css from './WizardFrame.module.css';

export type WizardStep = {
  id: string;
  title: string;
  /** The answer of a finished step, or what the present one asks: the receipt of the plan. */
  answer?: ReactNode;
};

type Props = {
  icon: ReactNode;
  title: string;
  /** What it is about: the project's name. */
  subject?: ReactNode;
  steps: readonly WizardStep[];
  current: string;
  /** Goes back to a finished step. */
  onStep?: (id: string) => void;
  children: ReactNode;
  /** Costs, at the left of the foot. */
  footNote?: ReactNode;
  /** Acts, at the right of the foot. */
  acts: ReactNode;
};

/** A wizard: steps with their answers at the left, one decision at the right, a fixed foot. */
export function WizardFrame({ icon, title, subject, steps, current, onStep, children, footNote, acts }: Props) {
  const at = steps.findIndex((step) => step.id === current);
  return (
    <div className={css.wizard}>
      <nav className={css.steps} aria-label="Steps">
        <div className={css.head}>
          {icon}
          <div className={css.headWords}>
            <b>{title}</b>
            {subject !== undefined && <small>{subject}</small>}
          </div>
        </div>
        <ol>
          {steps.map((step, index) => {
            const state = index < at ? 'done' : index === at ? 'now' : 'later';
            const words = (
              <>
                <span className={css.dot} aria-hidden="true">
                  {state === 'done' ? <IconCheck size={14} stroke={1.75} /> : index + 1}
                </span>
                <b>{step.title}</b>
                {state !== 'later' && step.answer !== undefined && <small>{step.answer}</small>}
              </>
            );
            return (
              <li key={step.id} data-state={state} aria-current={state === 'now' ? 'step' : undefined}>
                {state === 'done' && onStep !== undefined ? (
                  <button type="button" className={css.back} onClick={() => onStep(step.id)}>
                    {words}
                  </button>
                ) : (
                  words
                )}
              </li>
            );
          })}
        </ol>
      </nav>
      <main className={css.main}>
        <div className={css.body}>{children}</div>
        <footer className={css.foot}>
          <span className={css.footNote}>{footNote}</span>
          <div className={css.acts}>{acts}</div>
        </footer>
      </main>
    </div>
  );
}
