import type { PlatformKindView, ProjectView } from '../ipc/bindings';

export const PLATFORM_NAMES: Record<PlatformKindView, string> = {
  supamanager: 'SupaManager',
  supabase: 'Supabase',
  opttius: 'Opttius',
  telegram_platform: 'the Telegram platform',
};

/** The platform of a project, as in `At SupaManager`. */
export const platformName = ({ platform }: Pick<ProjectView, 'platform'>): string => (platform === null ? 'its platform' : PLATFORM_NAMES[platform.kind]);
