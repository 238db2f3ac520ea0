import type {
  AskCommand,
  LabelView,
  PlatformFieldView,
  PlatformFormView,
  PlatformSettingsView,
  ProjectView,
} from '../../ipc/bindings';
import { hidden } from '../../shared/Equivalent';
import { connectionOf, secretsOf, type Form } from './form';

/** What a person types to connect a platform. */
export type PlatformDraft = {
  name: string;
  label: LabelView;
  /** By the field's name. */
  settings: Record<string, string>;
  credentials: Record<string, string>;
};

const OWN = ['address', 'reference', 'account'] as const;

/** The first draft of a platform's form: its usual values. */
export function blankPlatform(form: PlatformFormView): PlatformDraft {
  return {
    name: '',
    label: 'production',
    settings: Object.fromEntries(form.settings.map((field) => [field.name, field.usual])),
    credentials: {},
  };
}

/** What is stored of a project's platform; its credentials stay where they are. */
export function draftOf(form: PlatformFormView, project: ProjectView): PlatformDraft {
  const { platform, row } = project;
  const blank = blankPlatform(form);
  if (platform === null) return { ...blank, name: row.name, label: row.label };
  const own = { address: platform.address, reference: platform.reference, account: platform.account ?? '' };
  const stored = form.settings.map(({ name }) => [
    name,
    name in own ? own[name as keyof typeof own] : (platform.more[name] ?? ''),
  ]);
  return { name: row.name, label: row.label, settings: Object.fromEntries(stored), credentials: {} };
}

export function settingsOf(form: PlatformFormView, draft: PlatformDraft): PlatformSettingsView {
  const value = (name: string) => (draft.settings[name] ?? '').trim();
  const more = form.settings
    .filter(({ name }) => !OWN.some((own) => own === name) && value(name) !== '')
    .map(({ name }) => [name, value(name)]);
  return {
    kind: form.kind,
    address: value('address'),
    reference: value('reference'),
    account: value('account') || null,
    more: Object.fromEntries(more),
  };
}

/** The credentials that were typed; those left empty are not named, so that stored ones stay. */
export function credentialsOf(draft: PlatformDraft): Record<string, string> {
  return Object.fromEntries(Object.entries(draft.credentials).filter(([, value]) => value !== ''));
}

/** What is missing before a test makes sense. Stored credentials need not be typed again. */
export function missingOf(form: PlatformFormView, draft: PlatformDraft, isStored: boolean): string | null {
  const lacks = (field: PlatformFieldView, values: Record<string, string>) =>
    field.isNeeded && (values[field.name] ?? '').trim() === '';
  const setting = form.settings.find((field) => lacks(field, draft.settings));
  if (setting) return `Enter “${setting.title}” first.`;
  const credential = isStored ? undefined : form.credentials.find((field) => lacks(field, draft.credentials));
  return credential ? `Enter “${credential.title}” first.` : null;
}

/** A name for the project from what says most. */
export const proposedPlatformName = (draft: PlatformDraft): string =>
  (draft.settings['reference'] ?? '').trim();

/** What a test speaks about: when this changes, its result does not hold any more. */
export const testedOf = (form: PlatformFormView, draft: PlatformDraft): string =>
  JSON.stringify([settingsOf(form, draft), draft.credentials]);

/** What is asked for, for its command line: of credentials it knows their names alone. */
export function platformAsked(
  form: PlatformFormView,
  draft: PlatformDraft,
  project?: string,
  database?: Form | null,
): AskCommand {
  const name = draft.name.trim();
  const credentials = Object.fromEntries(Object.keys(credentialsOf(draft)).map((one) => [one, '']));
  const sent = {
    label: draft.label,
    connection: database ? connectionOf(database) : null,
    password: database ? hidden(database.password) : null,
    sshSecret: database ? hidden(secretsOf(database).sshSecret ?? '') : null,
    platform: settingsOf(form, draft),
    credentials,
  };
  if (project === undefined) return { of: 'project_add', request: { ...sent, name: name || 'NAME' } };
  return { of: 'project_edit', request: { ...sent, project, name: name === project ? null : name } };
}
