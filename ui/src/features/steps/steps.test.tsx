import { screen, waitFor, within } from '@testing-library/react';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import type { SetSteps } from '../../ipc/bindings';
import { installMock } from '../../ipc/mock';
import { NOW, row } from '../../ipc/mock/projects';
import { steps } from '../../ipc/mock/steps';
import {
  draftOf,
  hasChanged,
  moved,
  newKinds,
  newStep,
  pausesThere,
  problems,
  requestOf,
  type DraftStep,
} from './stepDraft';

beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
});

const projectView = {
  connection: {
    host: 'db.shop.example',
    port: 5432,
    database: 'shop',
    user: 'reader',
    tls: 'verify-full' as const,
    rootCertificate: null,
    ssh: null,
    container: null,
  },
  serverVersion: '15.8',
  createdAtMs: NOW,
  hasPassword: true,
  platform: null,
  backupCommand: 'holdfast backup run shop-prod',
};

const titles = (list: readonly DraftStep[]) => list.map((step) => step.title);

describe('the list of steps', () => {
  test('a_step_moves_among_those_of_its_time_and_no_further', () => {
    const list = draftOf(steps);
    expect(titles(moved(list, 'st-page', -1)).slice(0, 3)).toEqual([
      'Put up the maintenance page',
      'Pause the shop',
      'Close the tills',
    ]);
    expect(titles(moved(list, 'st-close', 1))).toEqual(titles(list));
    expect(titles(moved(list, 'st-pause', -1))).toEqual(titles(list));
  });

  test('what_is_saved_is_no_change_and_a_new_secret_is_one', () => {
    const list = draftOf(steps);
    expect(hasChanged(list, steps)).toBe(false);
    const secret = list.map((step) =>
      step.act.kind === 'webhook'
        ? { ...step, act: { ...step.act, header: { name: 'Authorization', value: 'Bearer x' } } }
        : step,
    );
    expect(hasChanged(secret, steps)).toBe(true);
  });

  test('a_stored_secret_is_asked_for_again_where_the_server_or_the_name_is_another', () => {
    const list = draftOf(steps);
    const at = (url: string, name = 'Authorization') =>
      problems({ ...list[0]!, act: { kind: 'webhook', url, header: { name, value: null } } }, list).value;
    expect(at('https://ops.shop.example/another/path')).toBeUndefined();
    expect(at('https://elsewhere.example/hooks/pause')).toContain('belongs to another server');
    expect(at('https://ops.shop.example/hooks/pause', 'X-Key')).toContain('belongs to another server');
  });

  test('only_a_platform_that_pauses_projects_is_asked_for_it_and_what_was_paused_is_resumed_whatever_happened', () => {
    expect(newKinds('before', pausesThere('supamanager'))).toEqual(['webhook', 'wait', 'pause']);
    expect(newKinds('after', pausesThere('supabase'))).toEqual(['webhook', 'wait', 'resume']);
    expect(newKinds('before', pausesThere('opttius'))).toEqual(['webhook', 'wait']);
    expect(newKinds('before', pausesThere(null))).toEqual(['webhook', 'wait']);
    expect(requestOf([newStep('resume', 'after')])[0]).toMatchObject({
      act: { kind: 'resume' },
      alsoAfterFailure: true,
      critical: true,
    });
    expect(problems(newStep('pause', 'before'), [])).toEqual({});
  });

  test('what_comes_before_cannot_also_come_after_a_failure', () => {
    const step = { ...newStep('wait', 'before'), alsoAfterFailure: true };
    expect(requestOf([step])[0]?.alsoAfterFailure).toBe(false);
  });
});

describe('the page of a project', () => {
  async function open(overrides = {}) {
    const mock = installMock('home', overrides);
    renderApp('/project/p-shop-prod');
    await user.click(await screen.findByRole('tab', { name: 'Recovery steps' }));
    await screen.findByTestId('step-Pause the shop');
    return mock;
  }
  const sent = (calls: readonly { name: string; request: unknown }[]) =>
    calls.filter(({ name }) => name === 'recovery_steps_set').map(({ request }) => request as SetSteps);

  test('a_wait_is_added_after_the_restore_and_the_whole_list_is_saved', async () => {
    const { calls } = await open();
    await user.click(screen.getByTestId('add-step-after'));
    await user.click(await screen.findByTestId('add-wait'));
    await user.click(await screen.findByTestId('step-done'));
    expect(await screen.findByText('Give it a title.')).toBeTruthy();
    expect(screen.getByText('Say what the person has to do.')).toBeTruthy();
    await user.type(screen.getByTestId('step-title'), 'Look at the shop');
    await user.type(screen.getByTestId('step-instructions'), 'Order something.');
    await user.click(screen.getByTestId('step-done'));
    expect(sent(calls)).toEqual([]);
    await user.click(await screen.findByTestId('save-steps'));
    await waitFor(() => expect(sent(calls)).toHaveLength(1));
    const request = sent(calls)[0]!;
    expect(request.steps.map((step) => step.title)).toEqual([
      ...steps.map((step) => step.title),
      'Look at the shop',
    ]);
    expect(request.steps.at(-1)).toMatchObject({
      id: null,
      when: 'after',
      act: { kind: 'wait', instructions: 'Order something.' },
      critical: true,
    });
    // Values that are stored stay where they are.
    expect(request.steps[0]?.act).toMatchObject({ header: { name: 'Authorization', value: null } });
    await waitFor(() => expect(screen.queryByTestId('save-steps')).toBeNull());
  });

  test('alt_with_an_arrow_moves_a_step_and_discarding_puts_it_back', async () => {
    await open();
    const first = () =>
      within(screen.getByRole('region', { name: 'Before the restore' })).getAllByRole('listitem')[0]
        ?.textContent;
    screen.getByRole('button', { name: 'Edit: Put up the maintenance page' }).focus();
    await user.keyboard('{Alt>}{ArrowUp}{/Alt}');
    expect(first()).toContain('Put up the maintenance page');
    await waitFor(() =>
      expect(screen.getByTestId('step-Put up the maintenance page').contains(document.activeElement)).toBe(
        true,
      ),
    );
    await user.click(screen.getByRole('button', { name: 'Discard' }));
    expect(first()).toContain('Pause the shop');
  });

  test('sql_is_shown_and_not_changed_and_a_refusal_of_the_engine_is_said', async () => {
    const refused = {
      code: 'command_line_only',
      message: '“Close the tills”: SQL and programs can be given on the command line only',
      hint: null,
      retry: 'never' as const,
      reportId: '',
    };
    await open({
      recovery_steps_set: () => {
        throw refused;
      },
    });
    await user.click(screen.getByRole('button', { name: 'Edit: Close the tills' }));
    const dialog = await screen.findByRole('dialog');
    expect(dialog.textContent).toContain('update shop set is_open = false');
    expect(dialog.querySelector('textarea')).toBeNull();
    await user.click(screen.getByTestId('step-warns'));
    await user.click(screen.getByTestId('step-done'));
    await user.click(await screen.findByTestId('save-steps'));
    expect((await screen.findByTestId('error-panel')).textContent).toContain('command_line_only');
    expect(screen.getByTestId('save-steps')).toBeTruthy();
  });

  test('steps_that_were_changed_elsewhere_are_shown_at_once_or_after_asking_where_there_is_a_draft', async () => {
    let known = steps;
    const failure = {
      jobId: 'j-failed',
      atMs: NOW,
      code: 'wrong_password' as const,
      message: 'the server refused the password',
    };
    // Reading a failure makes everything about the project be asked for again.
    const again = async () => user.click(screen.getByRole('button', { name: 'I have read it' }));
    await open({
      recovery_steps_show: () => known,
      project_show: () => ({ ...projectView, row: row({ name: 'shop-prod', failure }) }),
    });
    known = steps.slice(0, 4);
    await again();
    await waitFor(() => expect(screen.queryByTestId('step-Resume the shop')).toBeNull());
    await user.click(screen.getByRole('button', { name: 'Remove: Pause the shop' }));
    known = steps;
    await again();
    expect((await screen.findByTestId('steps-outrun')).textContent).toContain('changed elsewhere');
    expect(screen.queryByTestId('step-Pause the shop')).toBeNull();
    await user.click(screen.getByRole('button', { name: 'Show those, without my changes' }));
    expect(await screen.findByTestId('step-Resume the shop')).toBeTruthy();
    expect(screen.getByTestId('step-Pause the shop')).toBeTruthy();
  });

  test('a_step_is_removed', async () => {
    const { calls } = await open();
    await user.click(screen.getByRole('button', { name: 'Remove: Empty the cache' }));
    await user.click(await screen.findByTestId('save-steps'));
    await waitFor(() =>
      expect(sent(calls)[0]?.steps.map((step) => step.title)).not.toContain('Empty the cache'),
    );
  });
});
