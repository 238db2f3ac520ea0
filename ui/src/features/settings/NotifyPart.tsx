import { Button, Group, Modal, Text } from '@mantine/core';
import { IconBell, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';

import type { ChannelStateView, ChannelView, ProjectState } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { Chip } from '../../shared/Chip';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Row } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { Moment } from '../../shared/Moment';
import { StateIcon } from '../../shared/StateIcon';
import { Acts, Part } from './Part';
import part from './Part.module.css';
import { channelsQuery } from './queries';
import { ChannelDialog } from './ChannelDialog';
import { KIND_WORDS, kindOf } from './channelDraft';
import css from './Notify.module.css';

const STATES: Record<ChannelStateView, { state: ProjectState; words: string }> = {
  works: { state: 'ok', words: 'works' },
  unproven: { state: 'idle', words: 'nothing sent yet' },
  retrying: { state: 'warn', words: 'tried again' },
  failing: { state: 'danger', words: 'failing' },
  off: { state: 'idle', words: 'off' },
};
const LEVEL_WORDS = { warnings: 'warnings and errors', errors: 'errors' } as const;

/** What it is told, in a sentence. */
function taste(channel: ChannelView): string {
  if (channel.level === 'none') return 'It is told nothing.';
  if (channel.target.kind === 'heartbeat')
    return channel.target.project ? `Runs of ${channel.target.project}.` : 'Runs of all projects.';
  const what = channel.eachRun ? 'each scheduled run, and what changes' : 'what changes';
  const quiet = channel.quiet
    ? `; quiet from ${channel.quiet.from} to ${channel.quiet.to}${channel.errorsInQuiet ? ', but for errors' : ''}`
    : '';
  const digest = channel.digestAt ? `; all but errors once a day at ${channel.digestAt}` : '';
  const level = channel.level === 'all' ? '' : `${LEVEL_WORDS[channel.level]} `;
  return `Told ${level}of ${what}${quiet}${digest}.`;
}

type ItemProps = { channel: ChannelView; onEdit: () => void; onRemove: () => void };

function Item({ channel, onEdit, onRemove }: ItemProps) {
  const test = useCommand('notify_test');
  const { state, words } = STATES[channel.state];
  const kind = KIND_WORDS[kindOf(channel.target)];
  const isDesktop = channel.target.kind === 'desktop';
  const waiting = channel.waiting;
  return (
    <li className={`${part.item} ${css.item}`} data-testid="channel" data-channel={channel.name}>
      <StateIcon state={state} size={18} />
      <div className={part.itemWords}>
        <Row as="b" inline gap={[1, 2]} wraps>
          {channel.name} <Chip state={state}>{words}</Chip>
        </Row>
        <span>
          {kind === channel.name ? '' : `${kind}, `}
          {channel.place}
          {channel.sentAtMs !== null && (
            <>
              ; last arrived <Moment ms={channel.sentAtMs} />
            </>
          )}
        </span>
        <span>{taste(channel)}</span>
        {waiting > 0 && channel.nextAtMs !== null && (
          <span>
            {waiting === 1 ? 'One message waits' : `${waiting} messages wait`}, due{' '}
            <Moment ms={channel.nextAtMs} />.
          </span>
        )}
        {channel.problem !== null && (
          <p className={css.problem} data-tone={state}>
            {channel.problem}.
            {channel.failingSinceMs !== null && (
              <>
                {' '}
                Nothing has arrived since <Moment ms={channel.failingSinceMs} />.
              </>
            )}
          </p>
        )}
        <div className={css.result} aria-live="polite">
          {test.data && (
            <span data-testid="test-result">
              {test.data.isTaken
                ? isDesktop
                  ? 'Shown. Look whether you see it.'
                  : `Sent, and taken by ${channel.place}. Look whether you see it.`
                : 'It waits: no window took it.'}
            </span>
          )}
          {test.error && <ErrorPanel error={test.error} title="It did not arrive." />}
        </div>
      </div>
      <div className={css.acts}>
        <Button
          size="xs"
          leftSection={<IconBell aria-hidden />}
          loading={test.isPending}
          onClick={() => test.mutate({ channel: channel.id })}
          aria-label={`Test ${channel.name}`}
          data-testid="test-channel"
        >
          Test
        </Button>
        <Button size="xs" onClick={onEdit} aria-label={`Change ${channel.name}`}>
          Change…
        </Button>
        {!isDesktop && (
          <Button size="xs" variant="danger" onClick={onRemove} aria-label={`Remove ${channel.name}`}>
            Remove…
          </Button>
        )}
      </div>
    </li>
  );
}

function RemoveDialog({ channel, onClose }: { channel: ChannelView; onClose: () => void }) {
  const remove = useCommand('notify_remove', { onSuccess: onClose });
  const waiting = channel.waiting;
  return (
    <Modal opened onClose={onClose} title={`Remove ${channel.name}?`}>
      <Text size="md">
        Nobody is told at {channel.place} any more. Its secrets leave the keychain
        {waiting > 0
          ? `, and ${waiting === 1 ? 'the message that waits' : `the ${waiting} messages that wait`} for it will not be sent`
          : ''}
        .
      </Text>
      {remove.error && <ErrorPanel error={remove.error} />}
      <Equivalent asked={{ of: 'notify_remove', request: { channel: channel.name } }} />
      <Group justify="flex-end" gap="xs" mt="lg">
        <Button data-autofocus onClick={onClose}>
          Keep it
        </Button>
        <Button
          variant="danger-filled"
          loading={remove.isPending}
          onClick={() => remove.mutate({ channel: channel.id })}
          data-testid="remove-channel"
        >
          Remove {channel.name}
        </Button>
      </Group>
    </Modal>
  );
}

/** Who is told what, and whether it arrives. */
export function NotifyPart() {
  const { data, error, refetch } = useQuery(channelsQuery());
  const [editing, setEditing] = useState<ChannelView | 'new' | null>(null);
  const [removing, setRemoving] = useState<ChannelView | null>(null);
  return (
    <Part
      id="notifications"
      title="Notifications"
      hint="What goes wrong, and what is well again, reaches you without this window. A channel that fails is told by the others."
    >
      {error && (
        <ErrorPanel error={error} title="The channels could not be read." onRetry={() => void refetch()} />
      )}
      {!data && !error && <LoadingLines what="the channels" />}
      {data && (
        <ul className={part.list}>
          {data.map((channel) => (
            <Item
              key={channel.id}
              channel={channel}
              onEdit={() => setEditing(channel)}
              onRemove={() => setRemoving(channel)}
            />
          ))}
        </ul>
      )}
      {data?.length === 1 && (
        <p className={part.quiet}>
          Only this desktop is told. A channel elsewhere reaches you when this computer’s screen does not.
        </p>
      )}
      {data && (
        <Acts>
          <Button
            leftSection={<IconPlus aria-hidden />}
            onClick={() => setEditing('new')}
            data-testid="add-channel"
          >
            Add a channel…
          </Button>
        </Acts>
      )}
      {editing !== null && (
        <ChannelDialog channel={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />
      )}
      {removing && <RemoveDialog channel={removing} onClose={() => setRemoving(null)} />}
    </Part>
  );
}
