import {
  IconDatabaseCog,
  IconHandStop,
  IconPlayerPause,
  IconPlayerPlay,
  IconTerminal2,
  IconWebhook,
} from '@tabler/icons-react';

const ICONS = {
  sql: IconDatabaseCog,
  webhook: IconWebhook,
  program: IconTerminal2,
  wait: IconHandStop,
  pause: IconPlayerPause,
  resume: IconPlayerPlay,
} as const;

export type StepKind = keyof typeof ICONS;

/** What a step does, as people choose it. */
export const STEP_KINDS: Record<StepKind, string> = {
  webhook: 'Call a webhook',
  wait: 'Wait for a person',
  pause: 'Pause the project at its platform',
  resume: 'Resume the project at its platform',
  sql: 'Run SQL',
  program: 'Run a program',
};

const isKind = (kind: string): kind is StepKind => kind in ICONS;

/** The sign of a step's act; its words stand beside it. */
export function StepKindIcon({ kind }: { kind: string }) {
  const Icon = ICONS[isKind(kind) ? kind : 'program'];
  return <Icon size={18} stroke={1.75} aria-hidden />;
}
