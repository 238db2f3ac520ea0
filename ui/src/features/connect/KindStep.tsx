import { Button } from '@mantine/core';
import { IconShieldPlus } from '@tabler/icons-react';
import type { PlatformKindView } from '../../ipc/bindings';
import { Block, Text } from '../../shared/Layout';
import { RadioRows, type RadioRow } from '../../shared/RadioRows';
import { WizardFrame, type WizardStep } from '../../shared/WizardFrame';
import css from './Connect.module.css';

export type Kind = 'postgres' | PlatformKindView;

/** What Holdfast does with each, and what it cannot. */
const ROWS: readonly RadioRow<Kind>[] = [
  {
    value: 'postgres',
    title: 'A Postgres database',
    aside: 'Holdfast backs it up itself',
    detail:
      'Reads it over the network or a socket, one snapshot for all tables. Needs its address and a role that can read. A platform that it is on can be added later.',
  },
  {
    value: 'supamanager',
    title: 'SupaManager',
    detail:
      'Pulls what it backs up: database, stored files, configuration; starts backups and its schedule. It keeps no logs for others, and cannot go back to any second.',
  },
  {
    value: 'supabase',
    title: 'Supabase',
    detail:
      'Shows its backups and goes back there to any second, where the plan has it. It gives no bytes of physical backups, so that the database itself is connected next.',
  },
  {
    value: 'opttius',
    title: 'Opttius',
    detail:
      'Pulls backups of an organisation or whole dumps, and starts them. What one account may see depends on its role.',
  },
  {
    value: 'telegram_platform',
    title: 'The Telegram platform',
    detail:
      'Fetches its backups from the chat where its bot keeps them, before it deletes them after 30 days. It cannot delete one at once.',
  },
].map((row) => ({ ...row, value: row.value as Kind, testId: `kind-${row.value}` }));

export const KIND_NAMES: Record<Kind, string> = {
  postgres: 'Postgres',
  supamanager: 'SupaManager',
  supabase: 'Supabase',
  opttius: 'Opttius',
  telegram_platform: 'Telegram platform',
};

type Props = {
  /** The project whose platform is chosen; absent for a new project. */ of?: string;
  kind: Kind;
  onChange: (kind: Kind) => void;
  steps: readonly WizardStep[];
  onNext: () => void;
  onCancel: () => void;
};

/** What is to be protected: a database of its own, or a project on a platform that makes backups. */
export function KindStep({ of, kind, onChange, steps, onNext, onCancel }: Props) {
  return (
    <WizardFrame
      icon={<IconShieldPlus aria-hidden />}
      title={of === undefined ? 'Protect a project' : 'Add its platform'}
      {...(of === undefined ? {} : { subject: of })}
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
        <h1>{of === undefined ? 'What do you want to protect?' : `Which platform is ${of} on?`}</h1>
        <Text top={1.5} max={44} tone="soft" breaks>
          {of === undefined
            ? 'A database is backed up from here. A platform makes backups by itself; Holdfast brings them here, reads them back and proves them. A project may have both.'
            : 'A platform makes backups by itself; Holdfast brings them here, reads them back and proves them. How its database is reached stays as it is.'}
        </Text>
        <Block top={6}>
          <RadioRows
            label="What to protect"
            name="connect-kind"
            value={kind}
            onChange={onChange}
            rows={of === undefined ? ROWS : ROWS.filter(({ value }) => value !== 'postgres')}
          />
        </Block>
      </div>
    </WizardFrame>
  );
}
