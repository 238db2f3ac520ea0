import { Button, Textarea, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState, type FormEvent } from 'react';

import { useCommand } from '../../ipc/client';
import { CopyButton } from '../../shared/CopyButton';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Stack, Text } from '../../shared/Layout';
import { Segmented } from '../../shared/Segmented';
import classes from './Assertions.module.css';
import { assertionsQuery } from './queries';

const EXPECTATIONS = [
  { value: 'no_row', label: 'No row', testId: 'expect-no-row' },
  { value: 'true', label: 'A single true', testId: 'expect-true' },
] as const;
type Expectation = (typeof EXPECTATIONS)[number]['value'];

const EXAMPLES: Record<Expectation, { query: string; means: string }> = {
  no_row: {
    query: 'select id from orders where customer_id is null',
    means:
      'Ask for what must not be. The assertion holds when nothing is found; the rows themselves are shown nowhere.',
  },
  true: {
    query: 'select count(*) > 0 from orders',
    means:
      'Ask a question whose one answer is true or false. A single false fails; neither true nor false fails too.',
  },
};

interface AssertionDraftProps {
  project: string;
}

/** Writes an assertion down, has it checked, and gives the command line that adds it: the window may not. */
export function AssertionDraft({ project }: AssertionDraftProps) {
  const [name, setName] = useState('');
  const [query, setQuery] = useState('');
  const [expects, setExpects] = useState<Expectation>('no_row');
  const draft = useCommand('assertion_draft');
  const list = useQuery(assertionsQuery(project));
  const isThere = draft.data !== undefined && (list.data ?? []).some((one) => one.name === name.trim());
  const change = (set: (text: string) => void) => (event: { currentTarget: { value: string } }) => {
    set(event.currentTarget.value);
    draft.reset();
  };
  const clear = () => {
    setName('');
    setQuery('');
    draft.reset();
  };

  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    draft.mutate({ project, name, query });
  };

  return (
    <Stack as="form" gap={4} top={6} max={46} onSubmit={onSubmit} aria-label="Write an assertion">
      <h3>Write one</h3>
      <TextInput
        label="What it says"
        placeholder="no order without a customer"
        value={name}
        onChange={change(setName)}
        autoComplete="off"
        maxLength={200}
        data-testid="assertion-name"
      />
      <div>
        <Text bottom={1.25} size="xs" weight="medium">
          Two ways to say it
        </Text>
        <Segmented label="Two ways to say it" value={expects} options={EXPECTATIONS} onChange={setExpects} />
        <Text top={1.5} tone="soft" size="sm">
          {EXAMPLES[expects].means}
        </Text>
      </div>
      <Textarea
        label="The query, one statement"
        placeholder={EXAMPLES[expects].query}
        value={query}
        onChange={change(setQuery)}
        rows={5}
        resize="vertical"
        spellCheck={false}
        classNames={{ input: classes.mono ?? '' }}
        data-testid="assertion-query"
      />
      {draft.error && <ErrorPanel error={draft.error} title="It cannot be added like this." />}
      {draft.data && !isThere && (
        <div className={classes.command} data-testid="assertion-command">
          <p>
            Name and query can be kept. Run this in a terminal to add it: a query can start programs on this
            computer, so the page of this window may not.
          </p>
          <pre>{draft.data.command}</pre>
          <div className={classes.acts}>
            <CopyButton
              text={draft.data.command}
              what="the command line"
              quiet={false}
              testId="copy-assertion-command"
            />
            <Button
              variant="subtle"
              size="xs"
              loading={list.isFetching}
              onClick={() => void list.refetch()}
              data-testid="look-for-assertion"
            >
              I ran it: look again
            </Button>
          </div>
        </div>
      )}
      {isThere && (
        <Text top={1.5} tone="soft" size="sm" role="status">
          “{name.trim()}” is there now.{' '}
          <Button variant="subtle" size="xs" onClick={clear}>
            Write another
          </Button>
        </Text>
      )}
      {!draft.data && (
        <div className={classes.acts}>
          <Button
            type="submit"
            disabled={name.trim() === '' || query.trim() === ''}
            loading={draft.isPending}
            data-testid="check-assertion"
          >
            Check it and show the command line
          </Button>
          {(name.trim() === '' || query.trim() === '') && (
            <Text as="span" tone="quiet" size="xs">
              {name.trim() === '' ? 'Say what it says first.' : 'Write the query first.'}
            </Text>
          )}
        </div>
      )}
    </Stack>
  );
}
