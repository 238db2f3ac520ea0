import type { AbilityView, PlatformKindView, PlatformView, ProjectView } from '../ipc/bindings';

export const PLATFORM_NAMES: Record<PlatformKindView, string> = {
  supamanager: 'SupaManager',
  supabase: 'Supabase',
  opttius: 'Opttius',
  telegram_platform: 'the Telegram platform',
};

/** The platform of a project, as in `At SupaManager`. */
export const platformName = ({ platform }: Pick<ProjectView, 'platform'>): string =>
  platform === null ? 'its platform' : PLATFORM_NAMES[platform.kind];

/** Whether something can be asked of the platform, and why not; what it does not name cannot be done. */
export function ability(view: PlatformView, act: string): AbilityView {
  const found = view.abilities.find((one) => one.act === act);
  return (
    found ?? {
      act,
      words: act.replaceAll('_', ' '),
      can: false,
      reason: `${view.platform} does not say that it can`,
    }
  );
}

/** Why something cannot be done, as a sentence; absent when it can. */
export function whyNot(view: PlatformView, act: string): string | null {
  const { can, words, reason } = ability(view, act);
  if (can) return null;
  return `${view.platform} cannot ${words}${reason === null ? '' : `: ${reason}`}.`;
}

/** Forms of what a platform makes, where it gives a choice. */
export const FORMATS: Record<string, { value: string; label: string }[]> = {
  database: [
    { value: '', label: 'As usual there' },
    { value: 'sql', label: 'SQL' },
    { value: 'tar', label: 'tar' },
  ],
  logs: [
    { value: '', label: 'As usual there' },
    { value: 'json', label: 'JSON' },
    { value: 'text', label: 'Text' },
  ],
};

/** The kinds that can be started: backups, the project as one file, its logs. */
export function kindsOf(view: PlatformView): { value: string; label: string }[] {
  const kinds = view.creatable.map((kind, index) => ({
    value: kind,
    label: index === 0 ? `${kind}, the usual one` : kind,
  }));
  const has = (value: string) => view.creatable.includes(value);
  if (ability(view, 'export').can && !has('export'))
    kinds.push({ value: 'export', label: 'export, the project as one file' });
  if (ability(view, 'export_logs').can && !has('logs')) kinds.push({ value: 'logs', label: 'logs' });
  return kinds;
}
