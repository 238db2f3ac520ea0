import type { FindingView } from '../../ipc/bindings';
import { Row } from '../../shared/Layout';
import { Section } from '../../shared/PageHeader';
import { StateIcon } from '../../shared/StateIcon';
import { Words } from '../../shared/Words';
import css from './Import.module.css';
import { LEVEL_NAMES, LEVEL_STATES, levelCounts } from './words';

/** What was found: good, warnings, dangers, in the order in which they were met. */
export function Findings({ findings }: { findings: readonly FindingView[] }) {
  if (findings.length === 0) return null;
  return (
    <Section
      title="What was found"
      aside={
        <Row as="span" gap={3} align="stretch" tone="quiet" size="xs" figures>
          {levelCounts(findings).map(({ level, words }) => (
            <span key={level} className={level === 'good' ? undefined : `tone-${LEVEL_STATES[level]}`}>
              {words}
            </span>
          ))}
        </Row>
      }
    >
      <ul className={css.findings}>
        {findings.map((finding, index) => (
          <li key={`${index} ${finding.title}`} data-level={finding.level}>
            <StateIcon state={LEVEL_STATES[finding.level]} label={LEVEL_NAMES[finding.level]} />
            <b>{finding.title}</b>
            <span>
              <Words text={finding.words} />
            </span>
          </li>
        ))}
      </ul>
    </Section>
  );
}
