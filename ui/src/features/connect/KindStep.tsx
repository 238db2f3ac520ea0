import { Button } from '@mantine/core';
import { IconShieldPlus } from '@tabler/icons-react';
import type { PlatformKindView } from '../../ipc/bindings';
import { RadioRows, type RadioRow } from '../../shared/RadioRows';
import { WizardFrame, type WizardStep } from '../../shared/WizardFrame';
import css from './Connect.module.css';

export type Kind = 'postgres' | PlatformKindView;

/** What Holdfast does with each, and what it cannot. */
const ROWS: readonly RadioRow<Kind>[] = [
  { value: 'postgres', title: 'A Postgres database', aside: 'Holdfast backs it up itself', detail: 'Reads it over the network or a socket, one snapshot for all tables. Needs its address and a role that can read.' },
  { value: 'supamanager', title: 'SupaManager', detail: 'Pulls what it backs up: database, stored files, configuration, logs; starts backups and its schedule. It cannot go back to any second.' },
  { value: 'supabase', title: 'Supabase', detail: 'Shows its backups and goes back there to any second, where the plan has it. It gives no bytes of physical backups: connect the database itself too.' },
  { value: 'opttius', title: 'Opttius', detail: 'Pulls backups of an organisation or whole dumps, and starts them. What one account may see depends on its role.' },
  { value: 'telegram_platform', title: 'The Telegram platform', detail: 'Fetches its backups from the chat where its bot keeps them, before it deletes them after 30 days. It cannot delete one at once.' },
].map((row) => ({ ...row, value: row.value as Kind, testId: `kind-${row.value}` }));

export const KIND_NAMES: Record<Kind, string> = { postgres: 'Postgres', supamanager: 'SupaManager', supabase: 'Supabase', opttius: 'Opttius', telegram_platform: 'Telegram platform' };

type Props = { kind: Kind; onChange: (kind: Kind) => void; steps: readonly WizardStep[]; onNext: () => void; onCancel: () => void };

/** What is to be protected: a database of its own, or a project on a platform that makes backups. */
export function KindStep({ kind, onChange, steps, onNext, onCancel }: Props) {
  return (
    <WizardFrame
      icon={<IconShieldPlus aria-hidden />}
      title="Protect a project"
      steps={steps}
      current="kind"
      footNote="Nothing is reached before you test it."
      acts={
        <>
          <Button size="lg" onClick={onCancel} data-testid="connect-cancel">
            Cancel
          </Button>
          <Button size="lg" variant="filled" onClick={onNext} data-testid="connect-kind-next">
            {kind === 'postgres' ? 'Next: where it is' : `Next: ${KIND_NAMES[kind]}`}
          </Button>
        </>
      }
    >
      <div className={css.read}>
        <h1>What do you want to protect?</h1>
        <p className={css.lead}>A database is backed up from here. A platform makes backups by itself; Holdfast brings them here, reads them back and proves them.</p>
        <div className={css.kinds}>
          <RadioRows label="What to protect" name="connect-kind" value={kind} onChange={onChange} rows={ROWS} />
        </div>
      </div>
    </WizardFrame>
  );
}
