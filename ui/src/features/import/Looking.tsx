import { useEffect, useState } from 'react';
import { announce } from '../../shared/announce';
import { elapsed } from '../../shared/format';
import { LoadingLines } from '../../shared/LoadingLines';
import { PageHeader } from '../../shared/PageHeader';
import { useSeconds } from '../../shared/useSeconds';
import { Crumb } from './Crumb';
import css from './Import.module.css';
import { fileName } from './words';

/** While a file is read: how long it has been so far, and what takes the time. */
export function Looking({ path }: { path: string }) {
  const now = useSeconds(true);
  const [sinceMs] = useState(() => Date.now());
  const name = fileName(path);
  useEffect(() => announce(`Looking at ${name}.`), [name]);
  return (
    <>
      <PageHeader title="Looking at it." crumbs={<Crumb path={path} />} lead="The whole file is read once: every layer is opened, every checksum is computed. Nothing in it is run." />
      <p className={css.so} role="timer">
        {elapsed(Math.max(1000, Math.floor((now - sinceMs) / 1000) * 1000))} so far
      </p>
      <LoadingLines what={name} />
    </>
  );
}
