import { Button } from '@mantine/core';
import { IconPlugConnected, IconPlus, IconTable, IconTrash } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { ComponentLookView, ComponentSourceView, ProjectRow } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Holds } from '../../shared/Holds';
import { Block, Row, Stack, Text } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { Moment } from '../../shared/Moment';
import { StateIcon } from '../../shared/StateIcon';
import { AddComponentDialog } from './AddComponentDialog';
import classes from './ComponentsPanel.module.css';
import { CoveragePanel } from './CoveragePanel';
import { draftOf, newDraft, type ComponentDraft } from './draft';
import { componentsQuery, tableChoiceQuery } from './queries';
import { TablesDialog } from './TablesDialog';
import { choiceWords } from './tablesDraft';

type ComponentsOf = Pick<ProjectRow, 'id' | 'name' | 'hasDatabase' | 'points' | 'place'>;

/** What a test saw: a sentence, and what of it cannot be taken. */
function Look({ look }: { look: ComponentLookView }) {
  const isWhole = look.leftOutCount === 0;
  return (
    <Row gap={2} align="start" top={2} data-testid="component-look">
      <StateIcon state={isWhole ? 'ok' : 'warn'} size={16} label={isWhole ? 'can be read' : 'in part'} />
      <Block shrinks>
        <Text size="sm" tone="soft" breaks>
          {look.sentence}
        </Text>
        {look.leftOut.slice(0, 5).map((one) => (
          <Text key={one} size="sm" tone="warn" breaks>
            {one}
          </Text>
        ))}
      </Block>
    </Row>
  );
}

interface SourceProps {
  project: ComponentsOf;
  source: ComponentSourceView;
  onRemoved: () => void;
}

function Source({ project, source, onRemoved }: SourceProps) {
  const asked = { project: project.id, name: source.name };
  const test = useCommand('component_test');
  const remove = useCommand('component_remove', { onSuccess: onRemoved });
  const [isAsking, setIsAsking] = useState(false);
  const point = project.points.find(({ component }) => component === source.component);
  return (
    <li className={classes.row} data-testid={`component-${source.name}`}>
      <div className={classes.words}>
        <Row gap={3} wraps align="baseline">
          <Text as="b" weight="medium" breaks>
            {source.name}
          </Text>
          <Holds components={[source.component]} />
        </Row>
        <Text size="sm" tone="soft" top={0.5} breaks>
          {source.place}
        </Text>
        <Text size="sm" tone={point?.point ? 'quiet' : 'warn'} top={0.5}>
          {point?.point ? (
            <>
              newest verified backup of it: <Moment ms={point.point.atMs} />
            </>
          ) : (
            'in no verified backup yet'
          )}
        </Text>
        {test.data && <Look look={test.data} />}
        {test.error && (
          <Block top={2}>
            <ErrorPanel error={test.error} title="A backup could not read it now." />
          </Block>
        )}
        {remove.error && <ErrorPanel error={remove.error} title="It is not removed." />}
      </div>
      <Row gap={2} align="start" wraps keeps>
        {isAsking ? (
          <>
            <Button size="xs" onClick={() => setIsAsking(false)}>
              Keep it
            </Button>
            <Button
              size="xs"
              color="red"
              variant="filled"
              loading={remove.isPending}
              onClick={() => remove.mutate(asked)}
              data-testid="remove-component-really"
            >
              Back it up no more
            </Button>
          </>
        ) : (
          <>
            <Button
              size="xs"
              leftSection={<IconPlugConnected aria-hidden />}
              loading={test.isPending}
              onClick={() => test.mutate(asked)}
              data-testid="test-component"
            >
              Test
            </Button>
            <Button
              size="xs"
              variant="subtle"
              aria-label={`Remove ${source.name}`}
              title="What backups hold of it stays"
              onClick={() => setIsAsking(true)}
              data-testid="remove-component"
            >
              <IconTrash size={16} aria-hidden />
            </Button>
          </>
        )}
      </Row>
    </li>
  );
}

/** The database, and which of its rows are taken. */
function DatabaseRow({ project }: { project: ComponentsOf }) {
  const { data: choice, error } = useQuery(tableChoiceQuery(project.id));
  const [isChoosing, setIsChoosing] = useState(false);
  return (
    <li className={classes.row} data-testid="component-database">
      <div className={classes.words}>
        <Holds components={['database']} />
        <Text size="sm" tone="soft" top={0.5} breaks>
          {project.place}
        </Text>
        {choice && (
          <Text size="sm" tone="quiet" top={0.5} breaks data-testid="tables-taken">
            taken: {choiceWords(choice)}
          </Text>
        )}
        {error && <ErrorPanel error={error} title="Which rows are taken could not be read." />}
      </div>
      <Button
        size="xs"
        leftSection={<IconTable aria-hidden />}
        onClick={() => setIsChoosing(true)}
        data-testid="open-tables"
      >
        Tables…
      </Button>
      {isChoosing && (
        <TablesDialog
          project={project}
          onClose={() => setIsChoosing(false)}
          onChosen={() => {
            setIsChoosing(false);
            announce('The next backup takes these tables.');
          }}
        />
      )}
    </li>
  );
}

/** What of a project is backed up: its database, and what it has beside it. */
export function ComponentsPanel({ project }: { project: ComponentsOf }) {
  const { data, error, refetch } = useQuery(componentsQuery(project.id));
  const [adding, setAdding] = useState<ComponentDraft | null>(null);
  if (error)
    return (
      <Block top={5}>
        <ErrorPanel error={error} title="The components could not be read." onRetry={() => void refetch()} />
      </Block>
    );
  if (!data) return <LoadingLines what="what is backed up" />;
  return (
    <Stack gap={5} top={5} max={60}>
      <CoveragePanel project={project} onAdd={(add) => setAdding(draftOf(add))} />
      <Row gap={4} align="start" justify="between" wraps>
        <Text max={40} tone="soft" size="md">
          Everything here is taken in one run, and each part counts by itself: a part that cannot be read is
          named, and its recovery point grows old. What has not changed is not read again.
        </Text>
        <Button
          leftSection={<IconPlus aria-hidden />}
          onClick={() => setAdding(newDraft('files'))}
          data-testid="open-add-component"
        >
          Add files, settings, Redis, logs…
        </Button>
      </Row>
      <ul className={classes.list} aria-label={`What of ${project.name} is backed up`}>
        {project.hasDatabase && <DatabaseRow project={project} />}
        {data.map((source) => (
          <Source
            key={source.name}
            project={project}
            source={source}
            onRemoved={() => announce(`${source.name} is backed up no more.`)}
          />
        ))}
      </ul>
      {data.length === 0 && (
        <Text tone="quiet" size="sm" data-testid="no-components">
          {project.hasDatabase
            ? 'Only the database. Files that its rows name, settings and caches are in no backup yet.'
            : 'Nothing yet.'}
        </Text>
      )}
      {adding && (
        <AddComponentDialog
          project={project}
          first={adding}
          onClose={() => setAdding(null)}
          onAdded={(name) => {
            setAdding(null);
            announce(`${name} is part of the next backup.`);
          }}
        />
      )}
    </Stack>
  );
}
