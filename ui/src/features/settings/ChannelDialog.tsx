import { Button, Checkbox, Modal, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';

import type { ChannelView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { Equivalent } from '../../shared/Equivalent';
import { DialogFoot } from '../../shared/DialogFoot';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Stack, Text } from '../../shared/Layout';
import { RadioRows } from '../../shared/RadioRows';
import { Segmented } from '../../shared/Segmented';
import {
  askedOf,
  draftOf,
  KIND_WORDS,
  KINDS,
  lackOf,
  LEVEL_MEANS,
  LEVELS,
  newDraft,
  requestOf,
  type Draft,
  type Kind,
} from './channelDraft';
import { ChannelFields } from './ChannelFields';

type Part = { draft: Draft; onChange: (draft: Draft) => void };

/** What is told, and when. */
function Taste({ draft, onChange }: Part) {
  const set = (part: Partial<Draft>) => onChange({ ...draft, ...part });
  const hasQuiet = draft.quietFrom !== '' && draft.quietTo !== '';
  return (
    <>
      <div>
        <Text as="span" block bottom={1.5} size="xs" weight="medium">
          What is told
        </Text>
        <Segmented
          label="What is told"
          value={draft.level}
          options={LEVELS}
          onChange={(level) => set({ level })}
        />
        {draft.kind !== 'heartbeat' && (
          <Text tone="quiet" size="xs" leading={1.45} data-testid="level-words">
            {LEVEL_MEANS[draft.level]}
          </Text>
        )}
      </div>
      {draft.kind !== 'heartbeat' && (
        <>
          <Checkbox
            label="Each scheduled run"
            description="Otherwise what changes: a run that fails or works again, a goal that is missed or met, what health finds."
            checked={draft.eachRun}
            onChange={(event) => set({ eachRun: event.currentTarget.checked })}
            data-testid="channel-each-run"
          />
          <Stack gap={3} columns="repeat(3, minmax(0, 9rem))">
            <TextInput
              type="time"
              label="Quiet from"
              value={draft.quietFrom}
              onChange={(event) => set({ quietFrom: event.currentTarget.value })}
              data-testid="quiet-from"
            />
            <TextInput
              type="time"
              label="to"
              value={draft.quietTo}
              onChange={(event) => set({ quietTo: event.currentTarget.value })}
              data-testid="quiet-to"
            />
            <TextInput
              type="time"
              label="Digest at"
              value={draft.digestAt}
              onChange={(event) => set({ digestAt: event.currentTarget.value })}
              data-testid="digest-at"
            />
          </Stack>
          <Checkbox
            label="Errors come through quiet hours"
            checked={hasQuiet && draft.errorsInQuiet}
            disabled={!hasQuiet}
            onChange={(event) => set({ errorsInQuiet: event.currentTarget.checked })}
          />
          <Text tone="quiet" size="xs" leading={1.45}>
            Quiet hours hold everything back until they end. A digest tells all but errors once a day, as one
            message; errors do not wait for it.
          </Text>
        </>
      )}
    </>
  );
}

type FormProps = {
  given: Draft;
  channel: ChannelView | null;
  onClose: () => void;
  onBack: (() => void) | null;
};

function Form({ given, channel, onClose, onBack }: FormProps) {
  const [draft, setDraft] = useState(given);
  const isNew = channel === null;
  const set = useCommand('notify_set', {
    onSuccess: ({ name }) => {
      announce(isNew ? `${name} is added. Test it, to see whether it arrives.` : `${name} is changed.`);
      onClose();
    },
  });
  const lack = lackOf(draft, isNew);
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (lack === null) set.mutate(requestOf(draft, channel));
  };
  return (
    <Stack as="form" gap={4} onSubmit={onSubmit} noValidate>
      {draft.kind !== 'desktop' && (
        <TextInput
          label="Name"
          value={draft.name}
          maxLength={60}
          onChange={(event) => setDraft({ ...draft, name: event.currentTarget.value })}
          data-autofocus
          data-testid="channel-name"
        />
      )}
      <ChannelFields draft={draft} onChange={setDraft} isNew={isNew} />
      <Taste draft={draft} onChange={setDraft} />
      {set.error && (
        <ErrorPanel error={set.error} title={isNew ? 'It was not added.' : 'It was not changed.'} />
      )}
      <Equivalent asked={lack === null ? askedOf(draft, channel) : null} />
      <DialogFoot
        reason={lack ?? (isNew ? 'Nothing is sent until something happens, or you test it.' : null)}
      >
        <Button onClick={onBack ?? onClose}>{onBack ? 'Back' : 'Cancel'}</Button>
        <Button
          type="submit"
          variant="filled"
          disabled={lack !== null}
          loading={set.isPending}
          data-testid="set-channel"
        >
          {isNew ? `Add ${draft.name.trim() || 'it'}` : 'Change it'}
        </Button>
      </DialogFoot>
    </Stack>
  );
}

function Choice({
  kind,
  onChange,
  onGo,
  onClose,
}: {
  kind: Kind;
  onChange: (kind: Kind) => void;
  onGo: () => void;
  onClose: () => void;
}) {
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    onGo();
  };
  return (
    <Stack as="form" gap={4} onSubmit={onSubmit}>
      <RadioRows
        label="What it is"
        name="channel-kind"
        value={kind}
        onChange={onChange}
        rows={KINDS.map(({ value, title, detail }) => ({ value, title, detail, testId: `kind-${value}` }))}
      />
      <DialogFoot>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="filled" data-testid="choose-kind">
          Go on
        </Button>
      </DialogFoot>
    </Stack>
  );
}

/** A channel, new or changed. */
export function ChannelDialog({ channel, onClose }: { channel: ChannelView | null; onClose: () => void }) {
  const [kind, setKind] = useState<Kind>('email');
  const [isChosen, setChosen] = useState(channel !== null);
  const title = channel ? `Change ${channel.name}` : isChosen ? KIND_WORDS[kind] : 'Who is to be told?';
  return (
    <Modal opened onClose={onClose} title={title} size="38rem">
      {isChosen ? (
        <Form
          given={channel ? draftOf(channel) : newDraft(kind)}
          channel={channel}
          onClose={onClose}
          onBack={channel ? null : () => setChosen(false)}
        />
      ) : (
        <Choice kind={kind} onChange={setKind} onGo={() => setChosen(true)} onClose={onClose} />
      )}
    </Modal>
  );
}
