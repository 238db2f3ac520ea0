import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, test, vi } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { installMock } from '../../ipc/mock';

describe('settings', () => {
  test('the_sentence_is_what_the_doctor_found', async () => {
    installMock('home');
    renderApp('/settings');
    expect(await screen.findByText('One thing on this computer needs a look.')).toBeTruthy();
  });
  test('a_finding_of_health_leads_to_the_part_that_it_is_about', async () => {
    const shown: string[] = [];
    const scroll = vi.spyOn(Element.prototype, 'scrollIntoView').mockImplementation(function (this: Element) {
      shown.push(this.id);
    });
    installMock('ill');
    renderApp('/health');
    await userEvent.click(await screen.findByRole('button', { name: /^See the channel: / }));
    expect(await screen.findByRole('heading', { name: 'Notifications' })).toBeTruthy();
    await waitFor(() => expect([...new Set(shown)]).toEqual(['notifications']));
    scroll.mockRestore();
  });
  test('an_appearance_is_chosen_and_saved', async () => {
    const { calls } = installMock('home');
    renderApp('/settings');
    await userEvent.click(await screen.findByRole('radio', { name: 'Dark' }));
    await waitFor(() =>
      expect(calls).toContainEqual({
        name: 'settings_set',
        request: { appearance: 'dark', toolDirectories: [] },
      }),
    );
  });
  test('a_folder_with_tools_is_added', async () => {
    const { calls } = installMock('home', { folder: '/opt/pg17/bin' });
    renderApp('/settings');
    await userEvent.click(await screen.findByTestId('add-tool-directory'));
    await waitFor(() =>
      expect(calls).toContainEqual({
        name: 'settings_set',
        request: { appearance: 'system', toolDirectories: ['/opt/pg17/bin'] },
      }),
    );
  });
  test('the_vault_says_what_was_read_again_and_reads_the_next_part', async () => {
    const { calls } = installMock('home');
    renderApp('/settings');
    expect(await screen.findByText(/^5 of 12 parts read since .*; everything was last read by/)).toBeTruthy();
    expect(screen.queryByTestId('vault-damaged')).toBeNull();
    await userEvent.click(screen.getByTestId('check-vault'));
    await userEvent.click(await screen.findByText('The next part of the data, one of 12'));
    await waitFor(() =>
      expect(calls).toContainEqual({
        name: 'vault_check',
        request: { slice: null, nextPart: { parts: null } },
      }),
    );
  });
  test('damage_that_was_found_is_named_with_what_helps', async () => {
    installMock('damaged');
    renderApp('/settings');
    expect((await screen.findByTestId('vault-damaged')).textContent).toMatch(
      /^1 pack is damaged\..*its content does not match its name.*Repair the vault/,
    );
  });
  test('the_recovery_kit_is_saved_again_and_read_back', async () => {
    const { calls } = installMock('kit_due');
    renderApp('/settings');
    await userEvent.click(await screen.findByTestId('save-kit'));
    await userEvent.type(await screen.findByTestId('kit-last-group'), 'YG1D');
    await userEvent.click(screen.getByRole('button', { name: 'Confirm the kit' }));
    await waitFor(() =>
      expect(calls).toContainEqual({ name: 'vault_kit_confirm', request: { lastGroup: 'YG1D' } }),
    );
    expect(calls.some((call) => call.name === 'vault_kit_save')).toBe(true);
  });
  test('a_private_copy_is_removed_after_it_was_said_what_goes', async () => {
    const { calls } = installMock('home');
    renderApp('/settings');
    await userEvent.click(await screen.findByRole('button', { name: /Remove…/ }));
    expect((await screen.findByRole('dialog')).textContent).toContain(
      '/home/anna/.local/share/holdfast/scratch/s-1',
    );
    await userEvent.click(screen.getByRole('button', { name: 'Remove the copy of shop-prod' }));
    await waitFor(() =>
      expect(calls).toContainEqual({ name: 'scratch_remove', request: { scratch: 's-1' } }),
    );
  });
});
