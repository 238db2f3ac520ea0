import type { CoveredPartView, ProjectCoverageView } from '../../ipc/bindings';
import { counted } from '../../shared/format';

/** Parts that are not taken, or not whole, and that nobody gave up. */
export const lacking = ({ parts }: ProjectCoverageView): CoveredPartView[] =>
  parts.filter(({ state }) => state === 'not_taken' || state === 'in_part');

const SMALL = ['No', 'One', 'Two', 'Three', 'Four', 'Five', 'Six', 'Seven', 'Eight', 'Nine'];
const named = (count: number) => SMALL[count] ?? String(count);

/** The one sentence: `Two of eight parts are not in the backup yet.` */
export function coverageSentence(coverage: ProjectCoverageView): string {
  const [missing, of] = [lacking(coverage).length, coverage.parts.length];
  const unwanted = coverage.parts.filter(({ state }) => state === 'unwanted').length;
  if (missing > 0) {
    const verb = missing === 1 ? 'is' : 'are';
    if (of === 1) return 'Its only part is not whole in the backup.';
    const whole = lacking(coverage).some(({ state }) => state === 'in_part') ? 'whole ' : '';
    return `${named(missing)} of ${named(of).toLowerCase()} parts ${verb} not ${whole}in the backup yet.`;
  }
  if (coverage.atMs === null) return 'Nobody looked yet what there is beside it.';
  if (unwanted > 0)
    return `Everything that was found is in the backup, but ${counted(unwanted, 'part')} that nobody wants.`;
  return 'Everything that was found is in the backup.';
}

/** What the segments say to those who do not see them. */
export function segmentsLabel(coverage: ProjectCoverageView): string {
  const unwanted = coverage.parts.filter(({ state }) => state === 'unwanted').length;
  const rest = [
    lacking(coverage).length > 0 ? `${lacking(coverage).length} not` : '',
    unwanted > 0 ? `${unwanted} not wanted` : '',
  ].filter((words) => words !== '');
  return [`${coverage.taken} of ${coverage.parts.length} parts in the backup`, ...rest].join(', ');
}
