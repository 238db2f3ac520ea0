import type { ComponentPropsWithRef } from 'react';

import css from './TextButton.module.css';

/** A small act among words, which looks like a link. */
export function TextButton({ size, ...rest }: { size?: 'xs' | 'sm' } & ComponentPropsWithRef<'button'>) {
  return <button type="button" {...rest} className={css.button} data-size={size} />;
}
