import { Button } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { useState } from 'react';
import type { LookProgress } from '../../ipc/bindings';
import { bytes, elapsed, percent, rate } from '../../shared/format';
import { Block, Text } from '../../shared/Layout';
import { ProgressBar } from '../../shared/ProgressBar';
import { ofTotal } from '../../shared/RunPhases';
import { useSeconds } from '../../shared/useSeconds';
import css from './Import.module.css';

/** Before this many seconds a rate says more about the beginning than about the disk. */
const RATE_AFTER_MS = 2000;

/** How far the reading of a file is, how fast, and the way to end it. */
export function LookProgressBar({
  at,
  name,
  onCancel,
}: {
  at: LookProgress | null | undefined;
  name: string;
  onCancel: () => void;
}) {
  const now = useSeconds(true);
  const [sinceMs] = useState(() => Date.now());
  const tookMs = Math.max(0, now - sinceMs);
  const [read, total] = [at?.bytes ?? 0, at?.bytesTotal ?? 0];
  const share = total > 0 ? Math.min(100, (read / total) * 100) : null;
  const pace = tookMs >= RATE_AFTER_MS && read > 0 && share !== 100 ? rate((read / tookMs) * 1000) : null;
  return (
    <div className={css.look}>
      <Text size="xl" weight="strong" figures data-testid="look-share">
        {share === null ? 'Opening it' : share === 100 ? 'Read; making sense of it' : percent(share)}
      </Text>
      <Block top={3} bottom={3}>
        <ProgressBar label={`Reading ${name}`} percent={share} />
      </Block>
      <div className={css.pace}>
        <span data-testid="look-figures">
          {share !== null && `${share === 100 ? bytes(total) : ofTotal(bytes(read), bytes(total))} read`}
          {pace !== null && `, ${pace}`}
        </span>
        <span role="timer">{elapsed(Math.max(1000, Math.floor(tookMs / 1000) * 1000))} so far</span>
      </div>
      <Button leftSection={<IconX aria-hidden />} onClick={onCancel} data-testid="look-cancel">
        Cancel
      </Button>
    </div>
  );
}
