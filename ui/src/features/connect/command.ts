import type { AskCommand } from '../../ipc/bindings';
import { hidden } from '../../shared/Equivalent';
import { connectionOf, type Form } from './form';

/** What is asked for, for its command line: the password is not part of it. */
export function askedOf(form: Form, project?: string): AskCommand {
  const name = form.name.trim();
  const sent = {
    label: form.label,
    connection: connectionOf(form),
    password: hidden(form.password),
    sshSecret: form.isBySsh ? hidden(form.sshSecret) : null,
    platform: null,
    credentials: {},
  };
  if (project === undefined) return { of: 'project_add', request: { ...sent, name: name || 'NAME' } };
  return { of: 'project_edit', request: { ...sent, project, name: name === project ? null : name } };
}
