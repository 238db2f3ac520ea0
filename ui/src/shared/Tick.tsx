import type { ComponentPropsWithRef } from 'react';

import css from './Tick.module.css';

/** Chooses a row of a list. */
export const Tick = (props: ComponentPropsWithRef<'input'>) => (
  <input type="checkbox" {...props} className={css.tick} />
);
