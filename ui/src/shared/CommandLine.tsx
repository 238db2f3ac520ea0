import { IconCheck, IconCopy, IconTerminal2 } from '@tabler/icons-react';
import { useEffect, useState } from 'react';

import { copyText } from '../ipc/clipboard';
import classes from './CommandLine.module.css';

/** How long the tick stays after a copy. */
const COPIED_MS = 2000;

/** A copy button that says that it did. */
export function CopyIcon({ text, label }: { text: string; label: string }) {
  const [copied, setCopied] = useState(false);

  useEffect(() => {
    if (!copied) return undefined;
    const timer = setTimeout(() => setCopied(false), COPIED_MS);
    return () => clearTimeout(timer);
  }, [copied]);

  const copy = () => {
    void copyText(text).then(setCopied);
  };

  return (
    <button
      type="button"
      className={classes.copy}
      aria-label={copied ? 'Copied' : label}
      title={label}
      onClick={copy}
    >
      {copied ? (
        <IconCheck size={14} stroke={1.75} className={classes.copied} aria-hidden />
      ) : (
        <IconCopy size={14} stroke={1.75} aria-hidden />
      )}
    </button>
  );
}

export interface CommandLineProps {
  command: string;
  /** What the text is, when it is not the equivalent command. */
  label?: string;
}

/** The equivalent command line, to copy into a script. */
export function CommandLine({ command, label = 'Copy the command line' }: CommandLineProps) {
  return (
    <div className={classes.cmd}>
      <IconTerminal2 size={14} stroke={1.75} aria-hidden />
      <span className={classes.text} title={command}>
        {command}
      </span>
      <CopyIcon text={command} label={label} />
    </div>
  );
}
