import { Button, PasswordInput } from '@mantine/core';
import { IconLock, IconLockOpen } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useEffect, useRef, useState, type FormEvent } from 'react';
import type { InspectionView, LookProgress } from '../../ipc/bindings';
import { inspectFiles, type CommandError } from '../../ipc/call';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { sentence } from '../../shared/format';
import { Block, Row, Text } from '../../shared/Layout';
import { PageHeader } from '../../shared/PageHeader';
import { Crumb } from './Crumb';
import type { Opened } from './FileReport';
import { Findings } from './Findings';
import css from './Import.module.css';
import { LookProgressBar } from './LookProgressBar';
import { fileName } from './words';

type Props = { path: string; file: InspectionView | undefined; onOpened: (opened: Opened) => void };

/** An encrypted file: its passphrase, typed, used for this look and a keeping of it, stored nowhere. */
export function Passphrase({ path, file, onOpened }: Props) {
  const [typed, setTyped] = useState('');
  const [at, setAt] = useState<LookProgress>();
  const reading = useRef<AbortController | null>(null);
  // The request holds the passphrase, so nothing of it stays after the page.
  const open = useMutation<InspectionView[], CommandError, string>({
    gcTime: 0,
    mutationFn: (passphrase) => {
      reading.current = new AbortController();
      setAt(undefined);
      return inspectFiles({ paths: [path], passphrase }, setAt, reading.current.signal);
    },
    onSuccess: ([found], passphrase) => {
      if (found) onOpened({ file: found, passphrase });
    },
  });
  // Whoever leaves the page needs no answer, and the file is read no further.
  useEffect(() => () => reading.current?.abort(), []);
  const wasStopped = open.error?.code === 'cancelled';
  const isWrong = open.error?.code === 'archive_passphrase_wrong' || open.data?.[0]?.needsPassphrase === true;
  const onSubmit = (event: FormEvent) => {
    event.preventDefault();
    if (typed !== '') open.mutate(typed);
  };
  return (
    <>
      <PageHeader
        title={file?.sentence ?? 'This file is encrypted.'}
        crumbs={<Crumb path={path} sizeBytes={file?.sizeBytes ?? null} />}
        lead="Inspected only: nothing in it was run. What is in it shows once it is open."
      />
      <form className={css.passphrase} onSubmit={onSubmit}>
        <PasswordInput
          label="Passphrase"
          value={typed}
          autoComplete="off"
          // oxlint-disable-next-line jsx-a11y/no-autofocus -- what was asked for a moment ago
          autoFocus
          error={
            isWrong
              ? `${sentence(open.error?.message ?? 'the passphrase does not open it')} ${open.error?.hint ?? ''}`
              : undefined
          }
          onChange={(event) => {
            setTyped(event.currentTarget.value);
            if (open.isError) open.reset();
          }}
          data-testid="passphrase"
        />
        <Button
          type="submit"
          variant="filled"
          leftSection={<IconLockOpen aria-hidden />}
          disabled={typed === ''}
          loading={open.isPending}
          data-testid="open-with-passphrase"
        >
          Open it
        </Button>
      </form>
      <Row as="p" gap={1.25} top={2} tone="quiet" size="xs">
        <IconLock size={14} stroke={1.75} aria-hidden />
        It stays in this window until you leave the page, and is stored nowhere.
      </Row>
      {open.isPending && (
        <LookProgressBar at={at} name={fileName(path)} onCancel={() => reading.current?.abort()} />
      )}
      {wasStopped && (
        <Text top={4} tone="soft" size="sm" role="status" data-testid="opening-stopped">
          Stopped before its end. Nothing of it was run or kept.
        </Text>
      )}
      {open.error && !isWrong && !wasStopped && (
        <Block top={5} max={46}>
          <ErrorPanel error={open.error} />
        </Block>
      )}
      {file && <Findings findings={file.findings} />}
    </>
  );
}
