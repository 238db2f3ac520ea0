import { useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';

import type { HealthSeverity, ProjectState } from '../../ipc/bindings';
import { Row } from '../../shared/Layout';
import { StateIcon } from '../../shared/StateIcon';
import { healthQuery } from './queries';

const STATE: Record<HealthSeverity, ProjectState> = {
  ok: 'ok',
  info: 'ok',
  warning: 'warn',
  unknown: 'inconclusive',
  critical: 'danger',
};

/**
 * What health says of the project, in one line that leads there. Its room is kept while the answer is
 * awaited: what is below must not move from under a click.
 */
export function HealthLine({ project }: { project: string }) {
  const { data } = useQuery(healthQuery(project));
  if (!data) {
    return (
      <Row as="p" gap={2} top={4} size="sm" aria-hidden>
        &nbsp;
      </Row>
    );
  }
  const worst = data.findings[0];
  const state = STATE[data.severity];
  const isWell = state === 'ok';
  return (
    <Row as="p" gap={2} sign={0} top={4} tone="soft" size="sm" data-testid="health-line">
      <StateIcon state={state} />
      <span>
        {isWell || !worst ? data.sentence : `${worst.title}: ${worst.subject} ${worst.what}`}{' '}
        <Link to="/health" search={{ project }}>
          See its health
        </Link>
      </span>
    </Row>
  );
}
