import { ActionIcon, Button, Modal, TextInput } from '@mantine/core';
import { IconArrowUp, IconPencil, IconPlus, IconTrash } from '@tabler/icons-react';
import { useState, type FormEvent } from 'react';

import type { ContactsView, ContactView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { announce } from '../../shared/announce';
import { DialogFoot } from '../../shared/DialogFoot';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { counted } from '../../shared/format';
import { Row, Stack } from '../../shared/Layout';
import classes from './PlanPage.module.css';

const NOBODY: ContactView = { role: '', name: '', phone: '', email: '', note: '' };
const FIELDS = [
  { key: 'name', label: 'Name' },
  { key: 'role', label: 'Role' },
  { key: 'phone', label: 'Telephone' },
  { key: 'email', label: 'E-mail' },
  { key: 'note', label: 'Note' },
] as const;

type Drafted = ContactView & { key: number };

/** Why the list cannot be kept yet. */
export function lackOfContacts(people: readonly ContactView[]): string | null {
  const wrong = people.find(
    (one) => one.name.trim() === '' || (one.phone.trim() === '' && one.email.trim() === ''),
  );
  if (wrong === undefined) return null;
  return wrong.name.trim() === ''
    ? 'Somebody has no name.'
    : `${wrong.name.trim()} has neither a telephone number nor an e-mail address.`;
}

type ProjectName = { id: string; name: string };

function ContactsDialog({
  project,
  contacts,
  onClose,
}: {
  project: ProjectName;
  contacts: ContactsView;
  onClose: () => void;
}) {
  const first = contacts.people.length > 0 ? contacts.people : [NOBODY];
  const [people, setPeople] = useState<readonly Drafted[]>(() => first.map((one, key) => ({ ...one, key })));
  const [next, setNext] = useState(first.length);
  const [place, setPlace] = useState(contacts.kitPlace ?? '');
  const setContacts = useCommand('contacts_set');
  const setKit = useCommand('kit_place_set');
  const change = (key: number, part: Partial<ContactView>) =>
    setPeople(people.map((one) => (one.key === key ? { ...one, ...part } : one)));
  const up = (at: number) =>
    setPeople(
      people.map((one, index) => (index === at - 1 ? people[at]! : index === at ? people[at - 1]! : one)),
    );
  const add = () => {
    setPeople([...people, { ...NOBODY, key: next }]);
    setNext(next + 1);
  };
  const lack = lackOfContacts(people);
  const save = async () => {
    await setContacts.mutateAsync({
      project: project.id,
      people: people.map(({ role, name, phone, email, note }) => ({ role, name, phone, email, note })),
    });
    await setKit.mutateAsync({ place: place.trim() === '' ? null : place });
    announce('The contacts are kept.');
    onClose();
  };
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    // What went wrong stands in the dialog.
    if (lack === null) void save().catch(() => undefined);
  };
  const error = setContacts.error ?? setKit.error;
  return (
    <Modal opened onClose={onClose} title={`Who is called for ${project.name}`} size="48rem">
      <Stack as="form" gap={4} onSubmit={onSubmit}>
        <ol className={classes.people}>
          {people.map((one, at) => (
            <li key={one.key} aria-label={`Contact ${at + 1}`}>
              <span className={classes.order}>{at + 1}</span>
              <div className={classes.fields}>
                {FIELDS.map(({ key, label }) => (
                  <TextInput
                    key={key}
                    label={label}
                    value={one[key]}
                    maxLength={200}
                    onChange={(event) => change(one.key, { [key]: event.currentTarget.value })}
                    data-testid={`contact-${key}-${at}`}
                  />
                ))}
              </div>
              <div className={classes.icons}>
                <ActionIcon
                  variant="subtle"
                  aria-label={`Call ${one.name || 'this one'} earlier`}
                  disabled={at === 0}
                  onClick={() => up(at)}
                >
                  <IconArrowUp size={16} stroke={1.75} aria-hidden />
                </ActionIcon>
                <ActionIcon
                  variant="subtle"
                  aria-label={`Remove ${one.name || 'this one'}`}
                  onClick={() => setPeople(people.filter((other) => other.key !== one.key))}
                >
                  <IconTrash size={16} stroke={1.75} aria-hidden />
                </ActionIcon>
              </div>
            </li>
          ))}
        </ol>
        <div>
          <Button size="xs" leftSection={<IconPlus aria-hidden />} onClick={add} data-testid="add-contact">
            Add somebody
          </Button>
        </div>
        <TextInput
          label="Where the recovery kit lies"
          description="In words, for all projects of this vault: where it lies, never what is on it."
          placeholder="the safe in the office, second shelf"
          value={place}
          maxLength={200}
          onChange={(event) => setPlace(event.currentTarget.value)}
          data-testid="kit-place"
        />
        {error && <ErrorPanel error={error} title="It was not kept." />}
        <DialogFoot reason={lack ?? 'They are called in this order. The plan is printed and handed on.'}>
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="filled"
            disabled={lack !== null}
            loading={setContacts.isPending || setKit.isPending}
            data-testid="keep-contacts"
          >
            Keep the contacts
          </Button>
        </DialogFoot>
      </Stack>
    </Modal>
  );
}

/** Who is called, and where the kit lies: what only people know. */
export function ContactsPart({ project, contacts }: { project: ProjectName; contacts: ContactsView }) {
  const [isOpen, setOpen] = useState(false);
  const [first] = contacts.people;
  return (
    <section className={classes.part} aria-label="People" data-testid="plan-contacts">
      <div className={classes.words}>
        <h3>Who is called, and where the kit lies</h3>
        <p>
          {first === undefined
            ? 'Nobody is named yet.'
            : `${first.name}${first.role === '' ? '' : `, ${first.role}`}${contacts.people.length > 1 ? `, then ${counted(contacts.people.length - 1, 'more', 'more')}` : ''}.`}{' '}
          {contacts.kitPlace === null
            ? 'Where the recovery kit lies is not written down.'
            : `The kit: ${contacts.kitPlace}.`}
        </p>
      </div>
      <Row gap={2} align="stretch" keeps>
        <Button
          size="xs"
          leftSection={<IconPencil aria-hidden />}
          onClick={() => setOpen(true)}
          data-testid="edit-contacts"
        >
          {first === undefined ? 'Name somebody…' : 'Change…'}
        </Button>
      </Row>
      {isOpen && <ContactsDialog project={project} contacts={contacts} onClose={() => setOpen(false)} />}
    </section>
  );
}
