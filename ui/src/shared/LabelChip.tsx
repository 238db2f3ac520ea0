import { IconFlagFilled } from '@tabler/icons-react';
import type { LabelView } from '../ipc/bindings';
import css from './Chip.module.css';
import { LABEL_WORDS } from './format';

/** What a project is to its owner. Production is inverted ink with a flag: it is not a failure. */
export function LabelChip({ label }: { label: LabelView }) {
  return (
    <span className={css.chip} data-tone={label === 'production' ? 'production' : 'plain'}>
      {label === 'production' && <IconFlagFilled aria-hidden />}
      {LABEL_WORDS[label]}
    </span>
  );
}
