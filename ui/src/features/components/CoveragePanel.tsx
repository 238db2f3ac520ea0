import { Button } from '@mantine/core';
import { IconPlus, IconRefresh } from '@tabler/icons-react';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';

import type { CoveredPartView, PartAddView, ProjectCoverageView, ProjectRow } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { bytes } from '../../shared/format';
import { Block, Row, Text } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import { StateIcon } from '../../shared/StateIcon';
import { TextButton } from '../../shared/TextButton';
import classes from './CoveragePanel.module.css';
import { coverageSentence, lacking, segmentsLabel } from './coverageWords';
import { coverageQuery } from './queries';

type CoverageOf = Pick<ProjectRow, 'id' | 'name'>;

/** A square for each part. */
function Segments({ coverage }: { coverage: ProjectCoverageView }) {
  return (
    <span className={classes.segs} role="img" aria-label={segmentsLabel(coverage)}>
      {coverage.parts.map((part) => (
        <i key={part.key} data-state={part.state} title={`${part.title}: ${part.found}`} />
      ))}
    </span>
  );
}

interface NeedProps {
  project: CoverageOf;
  part: CoveredPartView;
  onAdd: (add: PartAddView) => void;
  /** Its row goes: whoever used its buttons goes on above it. */
  onGone: () => void;
}

/** A part that is missing: what there is, why it is not taken, and what to do about it. */
function Need({ project, part, onAdd, onGone }: NeedProps) {
  const cache = useQueryClient();
  const choose = useCommand('project_parts_choose', {
    onSuccess: (coverage) => {
      cache.setQueryData(coverageQuery(project.id).queryKey, coverage);
      announce(`${part.title} is not wanted in backups.`);
      onGone();
    },
  });
  const { add } = part;
  return (
    <li className={classes.need} data-testid={`lacking-${part.key}`}>
      <StateIcon
        state={part.state === 'in_part' ? 'inconclusive' : 'warn'}
        size={20}
        label={part.state === 'in_part' ? 'in part' : 'not in the backup'}
      />
      <div className={classes.words}>
        <Text size="md" breaks>
          <b>{part.title}</b>: {part.found}
          {part.bytes !== null && `, ${bytes(part.bytes)}`}
        </Text>
        <Text size="sm" tone="soft" breaks>
          {part.why.charAt(0).toUpperCase() + part.why.slice(1)}.
        </Text>
        {choose.error && <ErrorPanel error={choose.error} title="That is not noted." />}
      </div>
      <Row gap={2} align="center" keeps>
        {part.canBeGivenUp && (
          <Button
            size="xs"
            variant="subtle"
            loading={choose.isPending}
            aria-label={`${part.title} is not wanted: ${part.found}`}
            onClick={() => choose.mutate({ project: project.id, without: [part.key], with: [] })}
            data-testid="give-up"
          >
            Not wanted
          </Button>
        )}
        {add && (
          <Button
            size="xs"
            leftSection={<IconPlus aria-hidden />}
            aria-label={`Add ${part.title}: ${part.found}`}
            onClick={() => onAdd(add)}
            data-testid="add-lacking"
          >
            Add…
          </Button>
        )}
      </Row>
    </li>
  );
}

/** A part that somebody gave up, with the way back. */
function Unwanted({ project, part }: { project: CoverageOf; part: CoveredPartView }) {
  const cache = useQueryClient();
  const choose = useCommand('project_parts_choose', {
    onSuccess: (coverage) => cache.setQueryData(coverageQuery(project.id).queryKey, coverage),
  });
  return (
    <Block top={2}>
      <Text size="sm" tone="quiet" breaks data-testid={`unwanted-${part.key}`}>
        {part.title} is not wanted: {part.found}.{' '}
        <TextButton
          aria-label={`Want ${part.title} again: ${part.found}`}
          onClick={() => choose.mutate({ project: project.id, without: [], with: [part.key] })}
        >
          Want it again
        </TextButton>
      </Text>
      {choose.error && <ErrorPanel error={choose.error} title="That is not noted." />}
    </Block>
  );
}

/** What a project has against what its backups take. */
export function CoveragePanel({
  project,
  onAdd,
}: {
  project: CoverageOf;
  onAdd: (add: PartAddView) => void;
}) {
  const cache = useQueryClient();
  const head = useRef<HTMLHeadingElement>(null);
  const { data: coverage, error } = useQuery(coverageQuery(project.id));
  const look = useCommand('project_coverage_look', {
    onSuccess: (seen) => cache.setQueryData(coverageQuery(project.id).queryKey, seen),
  });
  if (error) return <ErrorPanel error={error} title="What backups take could not be read." />;
  if (!coverage) return null;
  const missing = lacking(coverage);
  return (
    <section aria-label={`What backups of ${project.name} take`} data-testid="coverage">
      <div className={classes.head}>
        <Block shrinks>
          <Text as="h2" size="lg" weight="strong" ref={head} tabIndex={-1} data-testid="coverage-sentence">
            {coverageSentence(coverage)}
          </Text>
          <Text size="sm" tone="quiet" top={1}>
            {coverage.atMs === null ? (
              'The first backup looks too.'
            ) : (
              <>
                looked at <Moment ms={coverage.atMs} />
              </>
            )}
          </Text>
        </Block>
        <div className={classes.sum}>
          <b data-testid="coverage-sum">
            {coverage.taken} of {coverage.parts.length}
          </b>
          <Segments coverage={coverage} />
        </div>
      </div>
      {missing.length > 0 && (
        <ul className={classes.needs} aria-label="Not in the backup">
          {missing.map((part) => (
            <Need
              key={part.key}
              project={project}
              part={part}
              onAdd={onAdd}
              onGone={() => head.current?.focus()}
            />
          ))}
        </ul>
      )}
      {coverage.parts
        .filter(({ state }) => state === 'unwanted')
        .map((part) => (
          <Unwanted key={part.key} project={project} part={part} />
        ))}
      {[...coverage.notLooked, ...coverage.beside].map((sentence) => (
        <Text key={sentence} size="sm" tone="quiet" top={2} breaks>
          {sentence}
        </Text>
      ))}
      {look.error && (
        <Block top={3}>
          <ErrorPanel error={look.error} title="It could not be looked at." />
        </Block>
      )}
      <Block top={3}>
        <Button
          size="xs"
          leftSection={<IconRefresh aria-hidden />}
          loading={look.isPending}
          onClick={() => look.mutate({ project: project.id })}
          data-testid="look-at-coverage"
        >
          Look again
        </Button>
      </Block>
    </section>
  );
}
