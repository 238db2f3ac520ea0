import { Button } from '@mantine/core';
import { IconRefresh } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useEffect } from 'react';
import { announce } from '../../shared/announce';
import { Row } from '../../shared/Layout';
import { OpenFileButton } from '../../shared/OpenFileButton';
import { PageHeader } from '../../shared/PageHeader';
import { Crumb } from './Crumb';
import { LookProgressBar } from './LookProgressBar';
import { lookProgressQuery } from './queries';
import { fileName } from './words';

/** While a file is read: how far it is, and the way to end it. */
export function Looking({ path, onCancel }: { path: string; onCancel: () => void }) {
  const { data: at } = useQuery(lookProgressQuery(path));
  const name = fileName(path);
  useEffect(() => announce(`Looking at ${name}.`), [name]);
  return (
    <>
      <PageHeader
        title="Looking at it."
        crumbs={<Crumb path={path} sizeBytes={at?.bytesTotal ?? null} />}
        lead="The whole file is read once: every layer is opened, every checksum is computed. Nothing in it is run."
      />
      <LookProgressBar at={at} name={name} onCancel={onCancel} />
    </>
  );
}

/** A look that was ended before its end: nothing is known, and nothing was done. */
export function LookStopped({ path, onAgain }: { path: string; onAgain: () => void }) {
  useEffect(() => announce('Stopped.'), []);
  return (
    <>
      <PageHeader
        title="You stopped the look."
        crumbs={<Crumb path={path} />}
        lead="Not all of it was read, so nothing can be said of it. Nothing of it was run or kept, and the file itself is as it was."
      />
      <Row gap={2} align="stretch" wraps top={4} data-testid="look-stopped">
        <Button
          variant="filled"
          leftSection={<IconRefresh aria-hidden />}
          onClick={onAgain}
          data-testid="look-again"
        >
          Look again
        </Button>
        <OpenFileButton>Open another file…</OpenFileButton>
      </Row>
    </>
  );
}
