import { Button, Modal, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';

import type { BackupFateView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { announce } from '../announce';
import { Equivalent } from '../Equivalent';
import { DialogFoot } from '../DialogFoot';
import { ErrorPanel } from '../ErrorPanel';
import { fullDay } from '../format';
import { Note } from '../Panel';
import { useNow } from '../useNow';

const two = (value: number) => String(value).padStart(2, '0');
const MONTH_MS = 30 * 86_400_000;

/** `2026-12-24`, on this computer's calendar. */
export function dateText(ms: number): string {
  const at = new Date(ms);
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

/** When a day begins on this computer's clock; absent where the text is no day. */
export function beginningOf(text: string): number | null {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)?.slice(1).map(Number);
  if (!parts) return null;
  const [year = 0, month = 0, day = 0] = parts;
  const at = new Date(year, month - 1, day);
  return at.getMonth() === month - 1 && at.getDate() === day ? at.getTime() : null;
}

/** A date from which the policy does not keep a backup any more, or none. */
export function ExpiryDialog({ kept, onClose }: { kept: BackupFateView; onClose: () => void }) {
  const now = useNow();
  const [text, setText] = useState(dateText(kept.untilMs ?? now + MONTH_MS));
  const set = useCommand('backup_expire', {
    onSuccess: ({ untilMs }) => {
      announce(untilMs === null ? 'The date is taken away.' : `Kept until ${fullDay(untilMs)}.`);
      onClose();
    },
  });
  const { backupId, shortId } = kept.fate;
  const at = beginningOf(text);
  const lack =
    at === null
      ? 'Choose a day.'
      : at <= now
        ? 'This day has begun: the policy would remove it with the next removal. Choose a later one.'
        : null;
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (at !== null && lack === null) set.mutate({ backup: backupId, untilMs: at });
  };
  return (
    <Modal opened onClose={onClose} title="Until when it is kept" size="32rem">
      <form onSubmit={onSubmit} style={{ display: 'grid', gap: 'var(--space-4)' }}>
        <p>
          Until then it stays whatever the policy says; from then on no rule keeps it. The newest verified
          backups and those that are held stay all the same.
        </p>
        {!kept.hasPolicy && (
          <Note state="plain" title="This project has no policy, so nothing removes it after that day.">
            A policy does, once there is one.
          </Note>
        )}
        <TextInput
          type="date"
          label="The day from which it is not kept any more"
          value={text}
          min={dateText(now + 86_400_000)}
          onChange={(event) => setText(event.currentTarget.value)}
          data-testid="expiry-date"
          data-autofocus
        />
        {set.error && <ErrorPanel error={set.error} title="The date was not set." />}
        <Equivalent
          asked={at === null ? null : { of: 'backup_expire', request: { backup: shortId, untilMs: at } }}
        />
        <DialogFoot
          reason={lack ?? 'A week before, it is said on the backup, in the list and on the home screen.'}
        >
          {kept.untilMs !== null && (
            <Button
              loading={set.isPending && set.variables.untilMs === null}
              onClick={() => set.mutate({ backup: backupId, untilMs: null })}
              data-testid="no-expiry"
            >
              Take the date away
            </Button>
          )}
          <Button onClick={onClose}>Cancel</Button>
          <Button
            type="submit"
            variant="filled"
            disabled={lack !== null}
            loading={set.isPending && set.variables.untilMs !== null}
            data-testid="expiry-confirm"
          >
            Keep it until then
          </Button>
        </DialogFoot>
      </form>
    </Modal>
  );
}
