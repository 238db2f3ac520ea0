import { Button, Modal } from '@mantine/core';
import { useState, type FormEvent } from 'react';

import type { DeclaredView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { DialogFoot } from '../../shared/DialogFoot';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { day } from '../../shared/format';
import { Stack, Text } from '../../shared/Layout';
import { Segmented } from '../../shared/Segmented';

type Said = 'elsewhere' | 'here' | 'not-known';

const OPTIONS: readonly { value: Said; label: string; testId: string }[] = [
  { value: 'elsewhere', label: 'Elsewhere', testId: 'place-elsewhere' },
  { value: 'here', label: 'In the same place', testId: 'place-here' },
  { value: 'not-known', label: 'Not known', testId: 'place-not-known' },
];

const IS_ELSEWHERE: Record<Said, boolean | null> = { elsewhere: true, here: false, 'not-known': null };

const saidOf = (declared: DeclaredView | null): Said =>
  declared === null ? 'not-known' : declared.isElsewhere ? 'elsewhere' : 'here';

/** What was declared of a place, by whom and when. */
export function placeWords(declared: DeclaredView | null): string {
  if (declared === null) return 'Nobody declared where it is.';
  const place = declared.isElsewhere ? 'Declared elsewhere' : 'Declared to be in the same place';
  return `${place} on ${day(declared.atMs)}${declared.by === null ? '' : ` by ${declared.by}`}.`;
}

type Props = {
  /** Its name; and whether it is a replica, or the vault. */
  name: string;
  replica: string | null;
  declared: DeclaredView | null;
  onClose: () => void;
};

function PlaceForm({ name, replica, declared, onClose }: Props) {
  const [said, setSaid] = useState(saidOf(declared));
  const declare = useCommand('place_declare', { onSuccess: onClose });
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    declare.mutate({ replica, isElsewhere: IS_ELSEWHERE[said] });
  };
  return (
    <Stack as="form" gap={4} columns={1} onSubmit={onSubmit}>
      <Text tone="soft" size="sm">
        {replica === null
          ? 'Elsewhere means: in another building than what is backed up, so that a fire there does not reach the vault.'
          : 'Elsewhere means: in another building than the vault, so that a fire there does not reach this replica.'}{' '}
        Nobody can measure that, so it counts once you declare it; the day and your name are shown beside it.
      </Text>
      <Segmented label={`Where ${name} is`} value={said} options={OPTIONS} onChange={setSaid} />
      {declare.error && <ErrorPanel error={declare.error} title="It was not noted." />}
      <Equivalent
        asked={{
          of: 'place_declare',
          request: { replica: replica === null ? null : name, isElsewhere: IS_ELSEWHERE[said] },
        }}
      />
      <DialogFoot reason={null}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="filled" loading={declare.isPending} data-testid="place-declare">
          Declare it
        </Button>
      </DialogFoot>
    </Stack>
  );
}

/** Where a place is, as a person says. */
export function PlaceDialog(props: Props) {
  return (
    <Modal opened onClose={props.onClose} title={`Where is ${props.name}?`} size="34rem">
      <PlaceForm {...props} />
    </Modal>
  );
}
