import { useId } from 'react';

import type {
  PaperBlockView,
  PaperSectionView,
  PaperStepView,
  PaperTableView,
  PaperView,
  ProjectState,
  ToneView,
} from '../ipc/bindings';
import { CopyIcon } from './CommandLine';
import { EmptyState } from './EmptyState';
import classes from './Paper.module.css';
import './paper-print.css';
import { StateIcon } from './StateIcon';
import { Verdict } from './Verdict';

const STATES: Record<ToneView, ProjectState> = {
  plain: 'idle',
  good: 'ok',
  warn: 'warn',
  bad: 'danger',
  open: 'inconclusive',
};
const WORDS: Record<ToneView, string> = {
  plain: '',
  good: 'as it should be',
  warn: 'look at this',
  bad: 'not as it should be',
  open: 'not known',
};

function Toned({ tone }: { tone: ToneView }) {
  return tone === 'plain' ? null : <StateIcon state={STATES[tone]} label={WORDS[tone]} size={14} />;
}

function Step({ step, number }: { step: PaperStepView; number: number }) {
  return (
    <li className={classes.step}>
      <span className={classes.number} aria-hidden>
        {number}
      </span>
      <div className={classes.body}>
        <p className={classes.act}>{step.title}</p>
        {step.commands.map((command, at) => (
          <div className={classes.command} key={at}>
            <code>{command}</code>
            <span className={classes.copy}>
              <CopyIcon text={command} label="Copy the command line" />
            </span>
          </div>
        ))}
        {step.window !== null && (
          <p className={classes.way}>
            <b>In the window</b> {step.window}
          </p>
        )}
        {step.notes.map((note, at) => (
          <p className={classes.note} key={at}>
            {note}
          </p>
        ))}
        {(step.time !== null || step.who !== null) && (
          <p className={classes.aside}>
            {step.time !== null && (
              <span>
                <b>Time</b> {step.time}
              </span>
            )}
            {step.who !== null && (
              <span>
                <b>Call</b> {step.who}
              </span>
            )}
          </p>
        )}
      </div>
    </li>
  );
}

function Table({ table, label }: { table: PaperTableView; label: string }) {
  if (table.rows.length === 0) return <p className={classes.empty}>{table.empty}</p>;
  const side = (at: number) => (table.columns[at]?.isFigure === true ? classes.figure : undefined);
  return (
    <div className={classes.scroll} tabIndex={0} role="region" aria-label={label}>
      <table className={classes.table} aria-label={label} data-testid={`table-${table.id}`}>
        <thead>
          <tr>
            {table.columns.map((column, at) => (
              <th key={column.name} scope="col" className={side(at)}>
                {column.name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, index) => (
            <tr key={`${index} ${row[0]}`}>
              {row.map((cell, at) => (
                <td key={table.columns[at]?.name ?? at} className={side(at)}>
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Block({ block, title }: { block: PaperBlockView; title: string }) {
  switch (block.kind) {
    case 'text':
      return (
        <p className={classes.text} data-tone={block.tone}>
          <Toned tone={block.tone} />
          <span>{block.words}</span>
        </p>
      );
    case 'facts':
      return (
        <dl className={classes.facts}>
          {block.facts.map((fact) => (
            <div key={fact.name}>
              <dt>{fact.name}</dt>
              <dd data-tone={fact.tone}>
                <Toned tone={fact.tone} />
                <span>{fact.value}</span>
              </dd>
            </div>
          ))}
        </dl>
      );
    case 'steps':
      return (
        <ol className={classes.steps}>
          {block.steps.map((step, at) => (
            <Step key={`${at} ${step.title}`} step={step} number={at + 1} />
          ))}
        </ol>
      );
    case 'table':
      return <Table table={block.table} label={block.table.title || title} />;
  }
}

function Part({ section, base }: { section: PaperSectionView; base: string }) {
  return (
    <section
      className={classes.section}
      id={`${base}-${section.id}`}
      aria-label={section.title}
      data-testid={`section-${section.id}`}
    >
      <h2 tabIndex={-1}>{section.title}</h2>
      {section.blocks.map((block, at) => (
        <Block key={at} block={block} title={section.title} />
      ))}
    </section>
  );
}

/** A paper in the parts of the window: the same blocks as on its page. */
export function Paper({ paper }: { paper: PaperView }) {
  const base = useId();
  const jump = (id: string) => {
    const heading = document.getElementById(`${base}-${id}`)?.querySelector('h2');
    heading?.scrollIntoView({ block: 'start' });
    heading?.focus({ preventScroll: true });
  };
  if (paper.sections.length === 0) return <EmptyState sentence="There is nothing to say yet." />;
  return (
    <article className={classes.paper} data-testid="paper">
      <p className={classes.printed}>
        {paper.kind}: {paper.title}
      </p>
      <Verdict tone={STATES[paper.tone]} title={paper.headline} testId="paper-headline">
        {paper.summary !== '' && <p>{paper.summary}</p>}
        <p>{paper.asOf}</p>
      </Verdict>
      <div className={classes.columns}>
        <nav className={classes.contents} aria-label="Contents">
          <ol>
            {paper.sections.map(({ id, title }) => (
              <li key={id}>
                <button type="button" onClick={() => jump(id)}>
                  {title}
                </button>
              </li>
            ))}
          </ol>
        </nav>
        <div className={classes.parts}>
          {paper.sections.map((section) => (
            <Part key={section.id} section={section} base={base} />
          ))}
        </div>
      </div>
    </article>
  );
}
