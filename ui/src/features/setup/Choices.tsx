import { IconChevronRight, IconKey, IconShieldPlus } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { BrandMark } from '../../shared/BrandMark';
import css from './WelcomePage.module.css';

export type Choice = 'protect' | 'open' | 'sample';

type Props = { choice: Choice; onChoose: (choice: Choice) => void };

/** What Holdfast is, and what to begin with. */
export function Choices({ choice, onChoose }: Props) {
  const card = (value: Choice, icon: ReactNode, title: string, text: string) => (
    <li>
      <button
        type="button"
        className={css.choice}
        aria-pressed={choice === value}
        aria-label={title}
        aria-describedby={`choice-${value}-text`}
        onClick={() => onChoose(value)}
        data-testid={`choice-${value}`}
      >
        {icon}
        <span className={css.choiceWords}>
          <b>{title}</b>
          <small id={`choice-${value}-text`}>{text}</small>
        </span>
        <IconChevronRight size={16} stroke={1.75} aria-hidden />
      </button>
    </li>
  );
  return (
    <section className={css.left}>
      <div className={css.leftInner}>
        <BrandMark className={css.mark} size="2.75rem" />
        <h1>Copies that have been restored, not just stored.</h1>
        <p className={css.lead}>
          Holdfast keeps copies of your projects on your own disk, and brings them back on this computer to prove it. No
          account.
        </p>
        <ul className={css.choices} aria-label="What to begin with">
          {card(
            'protect',
            <IconShieldPlus size={24} stroke={1.75} aria-hidden />,
            'Protect a project',
            'Connect to a Postgres database, and back it up.',
          )}
          {card(
            'open',
            <IconKey size={24} stroke={1.75} aria-hidden />,
            'I have a vault',
            'Open it with its recovery kit, after a loss or on a new computer.',
          )}
        </ul>
        <p className={css.sample}>
          Not sure yet?{' '}
          <button
            type="button"
            className={css.link}
            aria-pressed={choice === 'sample'}
            onClick={() => onChoose('sample')}
            data-testid="choice-sample"
          >
            Try the sample project
          </button>
          , it takes 2 minutes and needs nothing.
        </p>
      </div>
    </section>
  );
}
