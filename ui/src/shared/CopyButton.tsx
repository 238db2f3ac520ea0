import { Button } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';
import { useEffect, useState } from 'react';
import { copyText } from '../ipc/clipboard';
import { announce } from './announce';

type Props = { text: string; what: string; quiet?: boolean; children?: string; testId?: string };

/** Copies, and says so in its own place. */
export function CopyButton({ text, what, quiet = true, children = 'Copy', testId }: Props) {
  const [isCopied, setIsCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setIsCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const copy = async () => {
    const done = await copyText(text);
    setIsCopied(done);
    announce(done ? `Copied ${what}.` : `Could not copy ${what}.`);
  };
  return (
    <Button
      size="xs"
      variant={quiet ? 'subtle' : 'default'}
      aria-label={`${children} ${what}`}
      data-testid={testId}
      leftSection={isCopied ? <IconCheck /> : <IconCopy />}
      onClick={() => void copy()}
    >
      {isCopied ? 'Copied' : children}
    </Button>
  );
}
