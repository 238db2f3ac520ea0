import { Button, Modal, PasswordInput } from '@mantine/core';
import { IconPlayerPlay, IconRefresh } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState, type FormEvent } from 'react';

import type { GoesOnView, JobView } from '../../ipc/bindings';
import type { CommandError } from '../../ipc/call';
import { useCommand } from '../../ipc/client';
import { DialogFoot } from '../../shared/DialogFoot';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { sentence } from '../../shared/format';
import { Stack, Text } from '../../shared/Layout';
import { stateOfJob } from '../../shared/StateIcon';
import { Verdict, type VerdictProps } from '../../shared/Verdict';
import { restWords, stoppedTitle } from './words';

interface StoppedProps {
  job: JobView;
  goesOn: GoesOnView;
  figure: VerdictProps['figure'];
}

/** A pull that ended in the middle: what of it is here, and the way on. */
export function StoppedPull({ job, goesOn, figure }: StoppedProps) {
  const navigate = useNavigate();
  const [isAsking, setAsking] = useState(false);
  // The request may hold a passphrase.
  const resume = useCommand('job_resume', {
    gcTime: 0,
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  const goOn = (passphrase: string | null) => resume.mutate({ job: job.row.id, passphrase });
  const hasSome = goesOn.bytesHere > 0;
  const button = (
    <Button
      variant="filled"
      leftSection={hasSome ? <IconPlayerPlay aria-hidden /> : <IconRefresh aria-hidden />}
      loading={resume.isPending}
      onClick={() => (goesOn.needsPassphrase ? setAsking(true) : goOn(null))}
      data-testid="run-go-on"
    >
      {hasSome ? 'Go on' : 'Pull it again'}
    </Button>
  );
  return (
    <>
      {job.error ? (
        <ErrorPanel error={job.error}>{button}</ErrorPanel>
      ) : (
        <Verdict
          tone={stateOfJob(job.row.state)}
          title={stoppedTitle(job.row.state, goesOn)}
          acts={button}
          figure={figure}
          testId="stopped"
        >
          {!goesOn.isPaused && job.row.outcome && <p>{sentence(job.row.outcome)}</p>}
          <p>{restWords(goesOn)}</p>
        </Verdict>
      )}
      {job.error && (
        <Text top={3} max={46} tone="soft" size="sm" leading={1.45} data-testid="stopped">
          {restWords(goesOn)}
        </Text>
      )}
      {resume.error && !isAsking && (
        <Text as="div" top={3} max={46} tone="soft" size="sm" leading={1.45}>
          <ErrorPanel error={resume.error} title="It did not go on." />
        </Text>
      )}
      {isAsking && (
        <Passphrase
          isStarting={resume.isPending}
          error={resume.error}
          onClose={() => setAsking(false)}
          onGoOn={goOn}
        />
      )}
    </>
  );
}

type PassphraseProps = {
  isStarting: boolean;
  error: CommandError | null;
  onClose: () => void;
  onGoOn: (passphrase: string) => void;
};

/** The run had a passphrase, and none is kept: it is typed again before anything is fetched. */
function Passphrase({ isStarting, error, onClose, onGoOn }: PassphraseProps) {
  const [typed, setTyped] = useState('');
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (typed !== '') onGoOn(typed);
  };
  return (
    <Modal opened onClose={onClose} title="Go on with this pull" size="30rem">
      <Stack as="form" gap={5} columns={1} onSubmit={onSubmit}>
        <PasswordInput
          label="Passphrase"
          description="This pull was begun with one. It is used on this computer alone, and is stored nowhere."
          inputWrapperOrder={['label', 'input', 'description', 'error']}
          value={typed}
          autoComplete="off"
          onChange={(event) => setTyped(event.currentTarget.value)}
          data-autofocus
          data-testid="go-on-passphrase"
        />
        {error && <ErrorPanel error={error} title="It did not go on." />}
        <DialogFoot>
          <Button onClick={onClose}>Not now</Button>
          <Button
            type="submit"
            variant="filled"
            disabled={typed === ''}
            loading={isStarting}
            data-testid="go-on-start"
          >
            Go on
          </Button>
        </DialogFoot>
      </Stack>
    </Modal>
  );
}
