import { Button } from '@mantine/core';
import { IconPlayerPlay } from '@tabler/icons-react';
import { useCommand } from '../../ipc/client';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Note } from '../../shared/Panel';

/** A run that ended while the project may stand paused at its platform: nobody resumes it but a person. */
export function ResumeThere({ id, name }: { id: string; name: string }) {
  const resume = useCommand('platform_act');
  const said = resume.data?.facts.map((fact) => `${fact.name}: ${fact.value}`).join(', ');
  return (
    <div data-testid="may-be-paused">
      <Note
        state="warn"
        title={`${name} may be paused at its platform.`}
        acts={
          <Button
            variant="filled"
            leftSection={<IconPlayerPlay aria-hidden />}
            loading={resume.isPending}
            disabled={resume.isSuccess}
            onClick={() => resume.mutate({ project: id, act: 'resume', name: null })}
            data-testid="resume-there"
          >
            Resume it there
          </Button>
        }
      >
        <p>
          {said
            ? `The platform says: ${said}.`
            : 'A step of this run paused it, and no step is known to have resumed it.'}
        </p>
        <Equivalent asked={{ of: 'platform_ask', request: { project: name, act: 'resume', name: null } }} />
        {resume.error && <ErrorPanel error={resume.error} title="It could not be resumed." />}
      </Note>
    </div>
  );
}
