import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { ProjectRow } from '../../ipc/bindings';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { LoadingLines } from '../../shared/LoadingLines';
import { Section } from '../../shared/PageHeader';
import { Components } from './Components';
import css from './Goals.module.css';
import { GoalFigures } from './GoalFigures';
import { GoalsDialog } from './GoalsDialog';
import { ProposalLines } from './Proposal';
import { standingQuery } from './queries';

/** What a project is held to, how it stands against that, and what would hold it. */
export function GoalsSection({ project }: { project: ProjectRow }) {
  const { data, error, refetch } = useQuery(standingQuery(project.id));
  const [isEditing, setEditing] = useState(false);
  const [isOpen, setOpen] = useState(false);
  if (!data)
    return error ? (
      <ErrorPanel error={error} title="The goals could not be read." onRetry={() => void refetch()} />
    ) : (
      <LoadingLines what="the goals" />
    );
  const open = data.proposal.lines.filter(({ inPlace }) => inPlace === null).length;
  return (
    <Section
      title="Goals"
      aside={
        project.isArchived ? undefined : (
          <Button size="xs" onClick={() => setEditing(true)} data-testid="edit-goals">
            {data.rpoMs === null && data.rtoMs === null ? 'Set goals…' : 'Change the goals…'}
          </Button>
        )
      }
    >
      <GoalFigures project={project} standing={data} />
      <Components project={project} standing={data} />
      {data.proposal.lines.length > 0 && (
        <details className={css.fold} open={isOpen} onToggle={(event) => setOpen(event.currentTarget.open)}>
          <summary data-testid="show-proposal">
            What would hold them
            {open === 0
              ? ': all of it is in place'
              : `: ${open} of ${data.proposal.lines.length} not set yet`}
          </summary>
          {isOpen && <ProposalLines project={project} standing={data} />}
        </details>
      )}
      {isEditing && <GoalsDialog project={project} standing={data} onClose={() => setEditing(false)} />}
    </Section>
  );
}
