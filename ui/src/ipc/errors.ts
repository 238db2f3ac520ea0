import type { ErrorCode, Retry, UserError } from './bindings';

export type Tone = 'warn' | 'danger' | 'inconclusive';
export type ErrorAct = 'retry' | 'edit' | 'open_settings' | 'unlock' | 'none';
export type ErrorFace = { tone: Tone; title: string; act: ErrorAct };

/**
 * How a failure is shown: by its code, never by the text of its message.
 * A code that is not here is shown by its message alone.
 */
const FACES: Partial<Record<ErrorCode, ErrorFace>> = {
  window_failed: { tone: 'danger', title: 'The window lost its answer.', act: 'retry' },
  internal: { tone: 'danger', title: 'Holdfast made a mistake.', act: 'retry' },
  cancelled: { tone: 'warn', title: 'It was cancelled.', act: 'none' },
  invalid_request: { tone: 'warn', title: 'This cannot be done as it is.', act: 'edit' },
  not_confirmed: { tone: 'warn', title: 'The typed name is another one.', act: 'edit' },
  name_taken: { tone: 'warn', title: 'This name is taken.', act: 'edit' },
  project_busy: { tone: 'warn', title: 'Another run of this project goes on.', act: 'retry' },
  // Retention.
  backup_held: { tone: 'warn', title: 'This backup is held.', act: 'edit' },
  backup_needed: { tone: 'warn', title: 'Another backup needs this one.', act: 'edit' },
  no_policy: { tone: 'warn', title: 'Everything is kept.', act: 'edit' },
  retention_paused: { tone: 'warn', title: 'Retention is paused.', act: 'none' },
  // Restores.
  plan_stale: { tone: 'warn', title: 'The plan is out of date.', act: 'edit' },
  plan_not_found: { tone: 'warn', title: 'The plan is gone.', act: 'edit' },
  plan_blocked: { tone: 'danger', title: 'Something forbids this plan.', act: 'edit' },
  connections_open: { tone: 'warn', title: 'Somebody is connected.', act: 'edit' },
  reason_needed: { tone: 'warn', title: 'A reason is needed.', act: 'edit' },
  nothing_to_undo: { tone: 'warn', title: 'There is nothing to undo.', act: 'none' },
  nothing_to_discard: { tone: 'warn', title: 'There is nothing to discard.', act: 'none' },
  step_failed: { tone: 'danger', title: 'A step before failed, so nothing was restored.', act: 'edit' },
  step_failed_after_restore: {
    tone: 'warn',
    title: 'Restored, and a step after it was not done.',
    act: 'none',
  },
  job_not_waiting: { tone: 'warn', title: 'It does not wait for that any more.', act: 'none' },
  restore_not_found: { tone: 'warn', title: 'Nothing was restored by this run.', act: 'none' },
  // Secrets.
  keychain_unavailable: {
    tone: 'warn',
    title: 'No keychain answers on this computer.',
    act: 'open_settings',
  },
  keychain_locked: { tone: 'warn', title: 'The keychain is locked.', act: 'unlock' },
  keychain_failed: { tone: 'danger', title: 'The keychain did not work.', act: 'retry' },
  secret_missing: { tone: 'danger', title: 'A password or key is not on this computer.', act: 'edit' },
  secrets_file_locked: { tone: 'warn', title: 'The sealed file waits for its passphrase.', act: 'unlock' },
  secrets_file_damaged: { tone: 'danger', title: 'The sealed file is damaged.', act: 'none' },
  sealed_file_missing: { tone: 'danger', title: 'The sealed file is not there.', act: 'none' },
  secrets_file_io: { tone: 'danger', title: 'The sealed file could not be written.', act: 'retry' },
  wrong_passphrase: { tone: 'danger', title: 'This is not the passphrase.', act: 'edit' },
  // The vault.
  no_vault: { tone: 'warn', title: 'There is no vault yet.', act: 'none' },
  vault_exists: { tone: 'warn', title: 'There is a vault already.', act: 'none' },
  no_repository: { tone: 'danger', title: 'There is no vault in this folder.', act: 'edit' },
  folder_not_empty: { tone: 'warn', title: 'The folder is not empty.', act: 'edit' },
  wrong_key: { tone: 'danger', title: 'This key does not open the vault.', act: 'edit' },
  wrong_group: { tone: 'danger', title: 'This is not the last group of the key.', act: 'edit' },
  kit_not_saved: { tone: 'warn', title: 'The recovery kit is not saved yet.', act: 'edit' },
  key_needed: { tone: 'warn', title: 'This key is needed.', act: 'edit' },
  key_not_found: { tone: 'warn', title: 'There is no such key.', act: 'edit' },
  no_draft: { tone: 'warn', title: 'The draft of this vault is gone.', act: 'edit' },
  other_vault: { tone: 'danger', title: 'This is another vault.', act: 'edit' },
  vault_silent: { tone: 'danger', title: 'The vault does not answer.', act: 'retry' },
  vault_gone: { tone: 'danger', title: 'The vault is not where it was.', act: 'retry' },
  vault_locked: { tone: 'warn', title: 'Another program uses the vault.', act: 'retry' },
  vault_read_only: { tone: 'danger', title: 'The vault cannot be written to.', act: 'retry' },
  vault_damaged: { tone: 'danger', title: 'The vault is damaged.', act: 'none' },
  vault_io: { tone: 'danger', title: 'The disk of the vault did not answer.', act: 'retry' },
  vault_version: { tone: 'danger', title: 'The vault is newer than this Holdfast.', act: 'none' },
  manifest_unreadable: { tone: 'danger', title: 'This backup does not say what is in it.', act: 'none' },
  manifest_too_new: { tone: 'danger', title: 'This backup is newer than this Holdfast.', act: 'none' },
  disk_full: { tone: 'danger', title: 'The disk is full.', act: 'retry' },
  file_exists: { tone: 'warn', title: 'The file is there already.', act: 'edit' },
  part_not_found: { tone: 'warn', title: 'The backup has no such part.', act: 'edit' },
  export_impossible: { tone: 'danger', title: 'This backup cannot be one file.', act: 'none' },
  export_check_failed: {
    tone: 'danger',
    title: 'The disk gave something else back than was written.',
    act: 'edit',
  },
  write_failed: { tone: 'danger', title: 'The file could not be written.', act: 'retry' },
  // Replicas.
  no_replica: { tone: 'warn', title: 'There is no replica yet.', act: 'edit' },
  replica_not_found: { tone: 'warn', title: 'There is no such replica.', act: 'none' },
  replica_gone: { tone: 'warn', title: 'The replica is not connected.', act: 'retry' },
  copy_running: { tone: 'warn', title: 'Another copy goes on.', act: 'retry' },
  // Backup files.
  archive_unreadable: { tone: 'danger', title: 'The file could not be read.', act: 'retry' },
  archive_not_a_file: { tone: 'warn', title: 'This is not a file.', act: 'edit' },
  archive_passphrase_needed: { tone: 'warn', title: 'It is encrypted.', act: 'edit' },
  pull_incomplete: { tone: 'warn', title: 'Not everything came.', act: 'retry' },
  archive_passphrase_wrong: { tone: 'danger', title: 'This is not its passphrase.', act: 'edit' },
  archive_key_needed: { tone: 'warn', title: 'It is encrypted for a key.', act: 'none' },
  table_not_found: { tone: 'warn', title: 'There are no rows of this table.', act: 'none' },
  archive_truncated: { tone: 'danger', title: 'The file is not whole.', act: 'none' },
  archive_damaged: { tone: 'danger', title: 'The file is damaged.', act: 'none' },
  script_refused: { tone: 'danger', title: 'The script would do what no dump does.', act: 'none' },
  script_changed_session: { tone: 'danger', title: 'The script changed how it is read.', act: 'none' },
  archive_hostile: { tone: 'danger', title: 'Something in it would do harm.', act: 'none' },
  archive_too_large: { tone: 'danger', title: 'It grows beyond every limit.', act: 'none' },
  archive_unknown: { tone: 'warn', title: 'It cannot be opened here.', act: 'none' },
  archive_not_kept: { tone: 'danger', title: 'It could not be kept.', act: 'retry' },
  // The catalogue and the source.
  catalog_damaged: { tone: 'danger', title: 'The catalogue is damaged.', act: 'open_settings' },
  catalog_too_new: { tone: 'danger', title: 'The catalogue is newer than this Holdfast.', act: 'none' },
  source_failed: { tone: 'danger', title: 'The source stopped in the middle.', act: 'retry' },
  tool_failed: { tone: 'danger', title: 'A Postgres tool did not work.', act: 'retry' },
  audit_failed: { tone: 'danger', title: 'It could not be recorded, so it was not done.', act: 'retry' },
  audit_unreadable: { tone: 'danger', title: 'The audit log could not be read.', act: 'none' },
  settings_damaged: { tone: 'danger', title: 'The settings could not be read.', act: 'open_settings' },
};

const BY_RETRY: Record<Retry, ErrorAct> = { now: 'retry', after_fix: 'edit', never: 'none' };

/** Tone, title and act of a failure; the title is absent where only the message can speak. */
export function errorFace(error: UserError): { tone: Tone; title: string | null; act: ErrorAct } {
  return FACES[error.code] ?? { tone: 'danger', title: null, act: BY_RETRY[error.retry] };
}

/** A failure as text, to send to someone. */
export function errorText(error: UserError): string {
  const parts = [
    error.message,
    error.hint,
    `code ${error.code}`,
    error.reportId ? `report ${error.reportId}` : null,
  ];
  return parts.filter((part): part is string => part !== null).join('\n');
}
