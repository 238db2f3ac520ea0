import type { AbilityView, PlatformKindView, PlatformView, ProjectView } from '../ipc/bindings';

export const PLATFORM_NAMES: Record<PlatformKindView, string> = {
  supamanager: 'SupaManager',
  supabase: 'Supabase',
  opttius: 'Opttius',
  telegram_platform: 'the Telegram platform',
};

/** The platform of a project, as in `At SupaManager`. */
export const platformName = ({ platform }: Pick<ProjectView, 'platform'>): string => (platform === null ? 'its platform' : PLATFORM_NAMES[platform.kind]);

/** Whether something can be asked of the platform, and why not; what it does not name cannot be done. */
export function ability(view: PlatformView, act: string): AbilityView {
  const found = view.abilities.find((one) => one.act === act);
  return found ?? { act, words: act.replaceAll('_', ' '), can: false, reason: `${view.platform} does not say that it can` };
}

/** Why something cannot be done, as a sentence; absent when it can. */
export function whyNot(view: PlatformView, act: string): string | null {
  const { can, words, reason } = ability(view, act);
  if (can) return null;
  return `${view.platform} cannot ${words}${reason === null ? '' : `: ${reason}`}.`;
}

