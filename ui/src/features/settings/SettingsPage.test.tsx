import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, test } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { installMock } from '../../ipc/mock';

describe('settings', () => {
  test('the_sentence_is_what_the_doctor_found', async () => {
    installMock('home');
    renderApp('/settings');
    expect(await screen.findByText('One thing on this computer needs a look.')).toBeTruthy();
  });
  test('an_appearance_is_chosen_and_saved', async () => {
    const { calls } = installMock('home');
    renderApp('/settings');
    await userEvent.click(await screen.findByRole('radio', { name: 'Dark' }));
    await waitFor(() => expect(calls).toContainEqual({ name: 'settings_set', request: { appearance: 'dark', toolDirectories: [] } }));
  });
  test('a_folder_with_tools_is_added', async () => {
    const { calls } = installMock('home', { folder: '/opt/pg17/bin' });
    renderApp('/settings');
    await userEvent.click(await screen.findByTestId('add-tool-directory'));
    await waitFor(() => expect(calls).toContainEqual({ name: 'settings_set', request: { appearance: 'system', toolDirectories: ['/opt/pg17/bin'] } }));
  });
  test('the_recovery_kit_is_saved_again_and_read_back', async () => {
    const { calls } = installMock('kit_due');
    renderApp('/settings');
    await userEvent.click(await screen.findByTestId('save-kit'));
    await userEvent.type(await screen.findByTestId('kit-last-group'), 'YG1D');
    await userEvent.click(screen.getByRole('button', { name: 'Confirm the kit' }));
    await waitFor(() => expect(calls).toContainEqual({ name: 'vault_kit_confirm', request: { lastGroup: 'YG1D' } }));
    expect(calls.some((call) => call.name === 'vault_kit_save')).toBe(true);
  });
  test('a_private_copy_is_removed_after_it_was_said_what_goes', async () => {
    const { calls } = installMock('home');
    renderApp('/settings');
    await userEvent.click(await screen.findByRole('button', { name: /Remove…/ }));
    expect((await screen.findByRole('dialog')).textContent).toContain('/home/anna/.local/share/holdfast/scratch/s-1');
    await userEvent.click(screen.getByRole('button', { name: 'Remove the copy of shop-prod' }));
    await waitFor(() => expect(calls).toContainEqual({ name: 'scratch_remove', request: { scratch: 's-1' } }));
  });
});
