import { Button, Checkbox, Modal, NumberInput, PasswordInput, Textarea, TextInput } from '@mantine/core';
import { useState, type FormEvent } from 'react';

import type { StepActRequest } from '../../ipc/bindings';
import { elapsed } from '../../shared/format';
import { Row, Stack, Text } from '../../shared/Layout';
import { RadioRows } from '../../shared/RadioRows';
import { STEP_KINDS } from '../../shared/stepKinds';
import { isFixed, LIMITS, problems, type DraftStep } from './stepDraft';
import classes from './StepDialog.module.css';

type Problems = ReturnType<typeof problems>;

interface ActProps {
  step: DraftStep;
  /** What is wrong is shown once somebody wanted to go on. */
  wrong: Problems;
  onAct: (act: StepActRequest) => void;
}

function Webhook({ step, wrong, onAct }: ActProps) {
  if (step.act.kind !== 'webhook') return null;
  const { act } = step;
  const { header } = act;
  const isStored = step.stored !== null && wrong.value === undefined;
  return (
    <>
      <TextInput
        label="Address"
        description="A small JSON document is posted to it: project, database, plan, step and how the restore stands. Any answer of 2xx is success."
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        placeholder="https://shop.example/hooks/pause"
        value={act.url}
        onChange={(event) => onAct({ ...act, url: event.currentTarget.value })}
        error={wrong.url}
        autoComplete="off"
        spellCheck={false}
        data-testid="step-url"
      />
      <Checkbox
        label="With a secret header"
        checked={header !== null && header !== undefined}
        onChange={(event) =>
          onAct({
            ...act,
            header: event.currentTarget.checked
              ? { name: step.stored?.name ?? 'Authorization', value: null }
              : null,
          })
        }
        data-testid="step-has-header"
      />
      {header && (
        <Stack gap={3} columns="minmax(0, 1fr) minmax(0, 1.6fr)" align="start">
          <TextInput
            label="Header"
            value={header.name}
            onChange={(event) => onAct({ ...act, header: { ...header, name: event.currentTarget.value } })}
            error={wrong.header}
            autoComplete="off"
            spellCheck={false}
          />
          <PasswordInput
            label="Value"
            placeholder={isStored ? 'Stored; stays unless you enter another' : 'Bearer …'}
            value={header.value ?? ''}
            onChange={(event) =>
              onAct({ ...act, header: { ...header, value: event.currentTarget.value || null } })
            }
            error={wrong.value}
            autoComplete="off"
            data-testid="step-header-value"
          />
        </Stack>
      )}
    </>
  );
}

function Fixed({ act }: { act: StepActRequest }) {
  const text =
    act.kind === 'sql' ? act.statements.join(';\n') : act.kind === 'program' ? act.argv.join('\n') : '';
  return (
    <div className={classes.fixed}>
      <pre>{text}</pre>
      <p>
        SQL and programs are changed on the command line only: a page, which shows names from servers, must
        not be able to.
      </p>
    </div>
  );
}

function There({ kind }: { kind: 'pause' | 'resume' }) {
  return (
    <Text tone="soft" size="sm">
      {kind === 'pause'
        ? 'The platform is asked to pause the project, and the run waits until it says that it is. Where a pause stops the database too, a restore from here cannot reach it and ends before anything is changed.'
        : 'The platform is asked to resume the project once nothing else goes on there, and the run waits until it runs. If the run ends before that, it offers to resume it.'}
    </Text>
  );
}

function Act(props: ActProps) {
  const { act } = props.step;
  if (act.kind === 'webhook') return <Webhook {...props} />;
  if (act.kind === 'pause' || act.kind === 'resume') return <There kind={act.kind} />;
  if (act.kind !== 'wait') return <Fixed act={act} />;
  return (
    <Textarea
      label="What the person has to do"
      placeholder="Put up the maintenance page, and see that no worker runs any more."
      value={act.instructions}
      onChange={(event) => props.onAct({ ...act, instructions: event.currentTarget.value })}
      error={props.wrong.instructions}
      rows={3}
      maxLength={2000}
      data-testid="step-instructions"
    />
  );
}

interface StepDialogProps {
  /** The step that is edited; absent while the dialog is closed. */
  step: DraftStep | null;
  others: readonly DraftStep[];
  onDone: (step: DraftStep) => void;
  onClose: () => void;
}

function Form({ given, others, onDone, onClose }: Omit<StepDialogProps, 'step'> & { given: DraftStep }) {
  const [step, setStep] = useState(given);
  const [isTried, setTried] = useState(false);
  const found = problems(step, others);
  const wrong: Problems = isTried ? found : {};
  const isBefore = step.when === 'before';
  const { most } = LIMITS[step.act.kind];

  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(found).length === 0) onDone({ ...step, title: step.title.trim() });
  };

  return (
    <Stack onSubmit={onSubmit} as="form" gap={4} noValidate>
      <TextInput
        label="Title"
        placeholder={isBefore ? 'Pause the shop' : 'Resume the shop'}
        value={step.title}
        onChange={(event) => setStep({ ...step, title: event.currentTarget.value })}
        error={wrong.title}
        maxLength={120}
        data-autofocus
        data-testid="step-title"
      />
      <Act step={step} wrong={wrong} onAct={(act) => setStep({ ...step, act })} />
      <RadioRows<'critical' | 'warns'>
        label="If it fails"
        heading="If it fails"
        name="step-critical"
        value={step.critical ? 'critical' : 'warns'}
        onChange={(value) => setStep({ ...step, critical: value === 'critical' })}
        rows={[
          {
            value: 'critical',
            title: 'Stop there',
            detail: isBefore
              ? 'Nothing is restored.'
              : 'The database is restored by then; the steps after this one are not done.',
          },
          { value: 'warns', title: 'Go on with a warning', testId: 'step-warns' },
        ]}
      />
      {!isBefore && (
        <Checkbox
          label="Also when the restore failed"
          description="For what resumes a platform that was paused before."
          checked={step.alsoAfterFailure}
          onChange={(event) => setStep({ ...step, alsoAfterFailure: event.currentTarget.checked })}
          data-testid="step-also"
        />
      )}
      <NumberInput
        className={classes.seconds}
        label="At most, in seconds"
        description={`Then it is ended, and has failed. Up to ${elapsed(most * 1000)}.`}
        inputWrapperOrder={['label', 'input', 'description', 'error']}
        value={step.timeoutSeconds}
        onChange={(value) => setStep({ ...step, timeoutSeconds: typeof value === 'number' ? value : 0 })}
        error={wrong.timeout}
        min={1}
        allowDecimal={false}
        allowNegative={false}
        hideControls
        data-testid="step-timeout"
      />
      <Row gap={2} align="stretch" justify="end" top={2}>
        <Button onClick={onClose}>Cancel</Button>
        <Button type="submit" variant="filled" data-testid="step-done">
          {others.some(({ key }) => key === given.key) ? 'Change the step' : 'Add the step'}
        </Button>
      </Row>
    </Stack>
  );
}

/** One step, new or changed; it goes into the list, which is saved as a whole. */
export function StepDialog({ step, ...rest }: StepDialogProps) {
  const title =
    step === null
      ? ''
      : isFixed(step.act.kind)
        ? step.title
        : `${STEP_KINDS[step.act.kind]}, ${step.when} the restore`;
  return (
    <Modal opened={step !== null} onClose={rest.onClose} title={title} size="34rem">
      {step && <Form key={step.key} given={step} {...rest} />}
    </Modal>
  );
}
