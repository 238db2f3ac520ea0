import { IconChevronRight, IconFileSearch, IconKey, IconShieldPlus } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { BrandMark } from '../../shared/BrandMark';
import { Block, Text } from '../../shared/Layout';
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
        <Block as="span" fills>
          <b>{title}</b>
          <small id={`choice-${value}-text`}>{text}</small>
        </Block>
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
          Holdfast keeps copies of your projects on your own disk, and brings them back on this computer to
          prove it. No account.
        </p>
        <ul className={css.choices} aria-label="What to begin with">
          {card(
            'protect',
            <IconShieldPlus size={24} stroke={1.75} aria-hidden />,
            'Protect a project',
            'Back up a Postgres database, or pull what a platform backs up.',
          )}
          {card(
            'open',
            <IconKey size={24} stroke={1.75} aria-hidden />,
            'I have a vault',
            'Open it with its recovery kit, after a loss or on a new computer.',
          )}
          <li>
            <Link
              to="/import"
              className={css.choice}
              aria-label="Look at a backup file"
              aria-describedby="choice-file-text"
              data-testid="choice-file"
            >
              <IconFileSearch size={24} stroke={1.75} aria-hidden />
              <Block as="span" fills>
                <b>Look at a backup file</b>
                <small id="choice-file-text">
                  See what is in it. Nothing is run, nothing is kept; it needs no vault.
                </small>
              </Block>
              <IconChevronRight size={16} stroke={1.75} aria-hidden />
            </Link>
          </li>
        </ul>
        <Text top={4} tone="quiet" size="sm" leading={1.35}>
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
        </Text>
      </div>
    </section>
  );
}
