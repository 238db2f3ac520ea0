import { IconCheck } from '@tabler/icons-react';
import { useEffect, useRef, type ReactNode } from 'react';
import { Block } from './Layout';
import css from './WizardFrame.module.css';

export type WizardStep = {
  id: string;
  title: string;
  /** The answer of a finished step, or what the present one asks: the receipt of the plan. */
  answer?: ReactNode;
  /** What is known of a step that is still to come: `On by default`. */
  later?: ReactNode;
};

type Props = {
  icon: ReactNode;
  title: string;
  /** What it is about: the project's name. */
  subject?: ReactNode;
  steps: readonly WizardStep[];
  current: string;
  /** The page that is shown, where several steps share one: what was entered on it stays from one to the next. */
  page?: string;
  /** Goes back to a finished step. */
  onStep?: (id: string) => void;
  children: ReactNode;
  /** Costs, at the left of the foot. */
  footNote?: ReactNode;
  /** Why the main act cannot be done yet; it stands beside the acts. */
  hindrance?: string | null;
  /** Acts, at the right of the foot. */
  acts: ReactNode;
};

/** A wizard: steps with their answers at the left, one decision at the right, a fixed foot. */
export function WizardFrame({
  icon,
  title,
  subject,
  steps,
  current,
  page = current,
  onStep,
  children,
  footNote,
  hindrance,
  acts,
}: Props) {
  const body = useRef<HTMLDivElement>(null);
  const shownBefore = useRef(page);
  // A new step begins at its top, for the eye and for the keyboard; the button that led here does not act twice.
  useEffect(() => {
    const hasFocus = body.current?.contains(document.activeElement) ?? false;
    if (shownBefore.current !== page && !hasFocus) body.current?.focus();
    shownBefore.current = page;
  }, [page]);
  const at = steps.findIndex((step) => step.id === current);
  return (
    <div className={css.wizard}>
      <nav className={css.steps} aria-label="Steps">
        <div className={css.head}>
          {icon}
          <Block shrinks>
            <b>{title}</b>
            {subject !== undefined && <small>{subject}</small>}
          </Block>
        </div>
        <ol>
          {steps.map((step, index) => {
            const state = index < at ? 'done' : index === at ? 'now' : 'later';
            const shown = state === 'later' ? step.later : step.answer;
            const words = (
              <>
                <span className={css.dot} aria-hidden="true">
                  {state === 'done' ? <IconCheck size={14} stroke={1.75} /> : index + 1}
                </span>
                <b>{step.title}</b>
                {shown !== undefined && shown !== '' && <small>{shown}</small>}
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
        <div key={page} ref={body} className={css.body} tabIndex={-1}>
          {children}
        </div>
        <footer className={css.foot}>
          <span className={css.footNote}>{footNote}</span>
          <div className={css.acts}>
            <span className={css.hindrance} aria-live="polite" data-testid="hindrance">
              {hindrance}
            </span>
            {acts}
          </div>
        </footer>
      </main>
    </div>
  );
}
