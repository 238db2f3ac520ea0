import { Button, NativeSelect, PasswordInput, TextInput } from '@mantine/core';
import { IconLock, IconPlugConnected, IconRefresh, IconShieldPlus } from '@tabler/icons-react';
import type { LabelView, PlatformFieldView, PlatformFormView } from '../../ipc/bindings';
import type { CommandError } from '../../ipc/call';
import { Chip } from '../../shared/Chip';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Ladder } from '../../shared/Ladder';
import { Block, Row, Text } from '../../shared/Layout';
import { Segmented } from '../../shared/Segmented';
import { WizardFrame, type WizardStep } from '../../shared/WizardFrame';
import { AccountProjects } from './AccountProjects';
import css from './Connect.module.css';
import { FixPanel } from './FixPanel';
import { FoundDatabase, FoundLadder } from './FoundDatabase';
import { missingOf, platformAsked, type PlatformDraft } from './platformForm';
import type { useFoundDatabase } from './useFoundDatabase';
import type { usePlatformTest } from './usePlatformTest';

const LABELS: { value: LabelView; label: string; testId: string }[] = [
  { value: 'production', label: 'Production', testId: 'label-production' },
  { value: 'staging', label: 'Staging', testId: 'label-staging' },
  { value: 'development', label: 'Development', testId: 'label-development' },
];

type Props = {
  wizard: {
    title: string;
    subject?: string | undefined;
    steps: readonly WizardStep[];
    current: string;
    onStep?: (id: string) => void;
  };
  heading: string;
  form: PlatformFormView;
  draft: PlatformDraft;
  onChange: (draft: PlatformDraft) => void;
  test: ReturnType<typeof usePlatformTest>;
  /** The database of the project, where the platform says where that is. */
  found?: ReturnType<typeof useFoundDatabase> | undefined;
  /** Credentials are stored already; empty means those. */
  isStored: boolean;
  secretsPlace: 'keychain' | 'file';
  save: { words: string; isPending: boolean; error: CommandError | null; title: string; run: () => void };
  project?: string;
  onBack: { words: string; run: () => void };
};

/** A platform's form at the left, its test at the right; nothing is saved before the test has passed. */
export function PlatformStep({
  wizard,
  heading,
  form,
  draft,
  onChange,
  test,
  found,
  isStored,
  secretsPlace,
  save,
  project,
  onBack,
}: Props) {
  const lacks = missingOf(form, draft, isStored);
  const isNamed = draft.name.trim() !== '';
  const isReady = test.passed && isNamed && found?.climb.isTesting !== true;
  const choice = (field: PlatformFieldView) => (
    <NativeSelect
      key={field.name}
      label={field.isNeeded ? field.title : `${field.title}, optional`}
      description={field.hint.replaceAll('`', '')}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      data={field.choices}
      value={draft.settings[field.name] || field.choices[0]}
      onChange={(event) =>
        onChange({ ...draft, settings: { ...draft.settings, [field.name]: event.currentTarget.value } })
      }
      data-testid={`platform-${field.name}`}
    />
  );
  const setting = (field: PlatformFieldView) =>
    field.choices.length > 0 ? (
      choice(field)
    ) : (
      <TextInput
        key={field.name}
        className={css.mono}
        label={field.isNeeded ? field.title : `${field.title}, optional`}
        description={field.hint}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        placeholder={field.usual}
        value={draft.settings[field.name] ?? ''}
        autoComplete="off"
        spellCheck={false}
        onChange={(event) =>
          onChange({ ...draft, settings: { ...draft.settings, [field.name]: event.currentTarget.value } })
        }
        data-testid={`platform-${field.name}`}
      />
    );
  const credential = (field: PlatformFieldView) => (
    <PasswordInput
      key={field.name}
      className={css.mono}
      label={field.isNeeded ? field.title : `${field.title}, optional`}
      description={field.hint}
      inputWrapperOrder={['label', 'input', 'description', 'error']}
      placeholder={isStored ? 'stored' : ''}
      value={draft.credentials[field.name] ?? ''}
      autoComplete="off"
      onChange={(event) =>
        onChange({ ...draft, credentials: { ...draft.credentials, [field.name]: event.currentTarget.value } })
      }
      data-testid={`credential-${field.name}`}
    />
  );
  const foot = () => {
    if (lacks !== null) return lacks;
    if (test.isTesting) return 'The test asks for names and a list. It changes nothing there.';
    if (test.isStale)
      return test.wasTried
        ? 'Something changed. Test it again to go on.'
        : 'Test it to go on. The test signs in and asks; it changes nothing there.';
    if (!test.passed) return 'Put the red rung right, then test again.';
    if (found?.climb.isTesting) return 'The test reads names and sizes. It writes nothing.';
    if (isNamed && found?.addresses && !found.passed)
      return 'Enter the database’s password and test it, or connect the database in the next step.';
    return isNamed ? 'The test passed. Nothing was changed there.' : 'Give the project a name to go on.';
  };
  return (
    <WizardFrame
      icon={<IconShieldPlus aria-hidden />}
      {...wizard}
      page="connection"
      footNote={foot()}
      acts={
        <>
          <Button size="lg" onClick={onBack.run} data-testid="connect-cancel">
            {onBack.words}
          </Button>
          <Button
            size="lg"
            variant={test.wasTried ? 'default' : 'filled'}
            leftSection={test.wasTried ? <IconRefresh /> : <IconPlugConnected />}
            disabled={lacks !== null}
            loading={test.isTesting}
            onClick={test.run}
            data-testid="connect-test"
          >
            {test.wasTried ? 'Test again' : 'Test the connection'}
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
      }
    >
      <div className={css.columns}>
        <div>
          <h1>{heading}</h1>
          <Text top={1.5} max={44} tone="soft" breaks>
            Holdfast asks it and fetches. It starts, changes or deletes something there only when you say so.
          </Text>
          {save.error !== null && (
            <Block top={4}>
              <ErrorPanel
                error={save.error}
                title={save.error.code === 'name_taken' ? undefined : save.title}
              />
            </Block>
          )}
          <div className={css.fields}>{form.settings.map(setting)}</div>
          <div className={css.fields}>{form.credentials.map(credential)}</div>
          <AccountProjects
            form={form}
            draft={draft}
            onChange={onChange}
            project={isStored ? (project ?? null) : null}
          />
          <Row as="p" gap={1.25} sign={0} top={2} tone="quiet" size="xs" leading={1.4}>
            <IconLock size={14} stroke={1.75} aria-hidden />
            {isStored
              ? 'What is stored is not shown. Leave a field empty to keep it.'
              : `They go to ${secretsPlace === 'keychain' ? 'this computer’s keychain' : 'the sealed file'}, nowhere else.`}
          </Row>
          {found && <FoundDatabase found={found} platform={form.name} secretsPlace={secretsPlace} />}
          <div className={css.nameRow}>
            <TextInput
              label="Name of the project"
              value={draft.name}
              autoComplete="off"
              spellCheck={false}
              onChange={(event) => onChange({ ...draft, name: event.currentTarget.value })}
              data-testid="connect-name"
            />
            <div>
              <span className={css.label}>This is</span>
              <Segmented
                label="What this project is"
                value={draft.label}
                options={LABELS}
                onChange={(label) => onChange({ ...draft, label })}
              />
            </div>
          </div>
          {lacks === null && isNamed && (
            <Block top={6}>
              <Equivalent
                asked={platformAsked(form, draft, project, found?.passed ? found.database : null)}
              />
            </Block>
          )}
        </div>
        <aside aria-label="Test of the platform" data-testid="ladder">
          <div className={css.testHead}>
            <h2>Test</h2>
            <Chip state={test.summary.state}>{test.summary.words}</Chip>
          </div>
          {test.error !== null && (
            <Block top={4}>
              <ErrorPanel error={test.error} title="The test could not be run." />
            </Block>
          )}
          {test.rungs.length === 0 && test.error === null && (
            <Text top={3} bottom={3} tone="quiet" size="xs">
              {test.isTesting
                ? 'Asking the platform.'
                : 'It signs in, looks for the project and asks for its backups.'}
            </Text>
          )}
          <Ladder
            rungs={test.rungs}
            renderFix={(rung) =>
              rung.state === 'failed' && rung.fix ? (
                <FixPanel rung={rung} fix={rung.fix} isBusy={test.isTesting} onUse={() => undefined} />
              ) : null
            }
          />
          {found && <FoundLadder found={found} />}
        </aside>
      </div>
    </WizardFrame>
  );
}
