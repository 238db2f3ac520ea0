import { Button } from '@mantine/core';
import { IconPlugConnected, IconRefresh, IconShieldPlus } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import type { ConnectionView } from '../../ipc/bindings';
import type { CommandError } from '../../ipc/call';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Block, Text } from '../../shared/Layout';
import { WizardFrame, type WizardStep } from '../../shared/WizardFrame';
import { askedOf } from './command';
import css from './Connect.module.css';
import { ConnectionForm } from './ConnectionForm';
import { missing, withConnection, type Form } from './form';
import { ReadOnlyRole } from './ReadOnlyRole';
import { TestPanel } from './TestPanel';
import type { useLadder } from './useLadder';

type Save = { words: string; isPending: boolean; error: CommandError | null; title: string; run: () => void };

type Props = {
  wizard: { title: string; subject: ReactNode; steps: WizardStep[]; current: string };
  heading: string;
  lead: ReactNode;
  /** What fills the form in another way than by typing. */
  filler?: ReactNode;
  form: Form;
  onChange: (change: (form: Form) => Form) => void;
  climb: ReturnType<typeof useLadder>;
  hasPassword: boolean;
  secretsPlace: 'keychain' | 'file';
  save: Save;
  /** The project that is changed; absent for a new one. */
  project?: string;
  /** What leads away from here, where that is not out of the wizard. */
  backWords?: string;
  onCancel: () => void;
};

/** The form at the left, its test at the right; nothing is saved before the test has passed. */
export function ConnectionStep({
  wizard,
  heading,
  lead,
  filler,
  form,
  onChange,
  climb,
  hasPassword,
  secretsPlace,
  save,
  project,
  backWords = 'Cancel',
  onCancel,
}: Props) {
  const lacks = missing(form);
  const isNamed = form.name.trim() !== '';
  const isReady = climb.ladder?.passed === true && isNamed;
  const use = (connection: ConnectionView) => {
    const next = withConnection(form, connection);
    onChange(() => next);
    climb.test(next);
  };
  const acts = (
    <>
      <Button size="lg" onClick={onCancel} data-testid="connect-cancel">
        {backWords}
      </Button>
      <Button
        size="lg"
        variant={climb.wasTried ? 'default' : 'filled'}
        leftSection={climb.wasTried ? <IconRefresh /> : <IconPlugConnected />}
        disabled={lacks !== null}
        loading={climb.isTesting}
        onClick={() => climb.test(form)}
        data-testid="connect-test"
      >
        {climb.wasTried ? 'Test again' : 'Test the connection'}
      </Button>
      <Button
        size="lg"
        variant="filled"
        disabled={!isReady}
        loading={save.isPending}
        onClick={save.run}
        data-testid="connect-save"
      >
        {save.words}
      </Button>
    </>
  );
  return (
    <WizardFrame
      icon={<IconShieldPlus aria-hidden />}
      {...wizard}
      page="connection"
      footNote={footNote(lacks, climb, isNamed)}
      acts={acts}
    >
      <div className={css.columns}>
        <div>
          <h1>{heading}</h1>
          <Text top={1.5} max={44} tone="soft" breaks>
            {lead}
          </Text>
          {save.error !== null && (
            <Block top={4}>
              <ErrorPanel
                error={save.error}
                title={save.error.code === 'name_taken' ? undefined : save.title}
              />
            </Block>
          )}
          {filler}
          <ConnectionForm
            form={form}
            onChange={onChange}
            hasPassword={hasPassword}
            secretsPlace={secretsPlace}
          />
          <ReadOnlyRole />
          {lacks === null && isNamed && (
            <Block top={6}>
              <Equivalent asked={askedOf(form, project)} />
            </Block>
          )}
        </div>
        <TestPanel climb={climb} onUse={use} />
      </div>
    </WizardFrame>
  );
}

// Beside buttons that are off stands the reason.
function footNote(lacks: string | null, climb: Props['climb'], isNamed: boolean): string {
  if (lacks !== null) return lacks;
  if (climb.isTesting) return 'The test reads names and sizes. It writes nothing.';
  if (climb.ladder === null)
    return climb.wasTried
      ? 'The connection changed. Test it again to go on.'
      : 'Test it to go on. The test reads names and sizes and writes nothing.';
  if (!climb.ladder.passed) return 'Put the red rung right, then test again.';
  return isNamed ? 'The test passed. Nothing was written.' : 'Give the project a name to go on.';
}
