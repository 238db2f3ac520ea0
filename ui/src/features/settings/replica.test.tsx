import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, test } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { installMock } from '../../ipc/mock';

const row = async (name: string) =>
  (await screen.findAllByTestId('replica')).find((item) => item.dataset['replica'] === name)!;

describe('replicas', () => {
  test('each_replica_says_how_it_stands_and_a_failed_one_why', async () => {
    installMock('long');
    renderApp('/settings');
    expect(within(await row('Archive disk')).getByText('current')).toBeTruthy();
    const nas = within(await row('Office NAS'));
    expect(nas.getByText('3 backups behind')).toBeTruthy();
    expect(nas.getByText('elsewhere')).toBeTruthy();
    expect(within(await row('Travel stick')).getByText('not connected')).toBeTruthy();
    expect((await row('Travel stick')).textContent).toContain('not read back yet');
    const failed = within(
      await row('The share of the northern warehouses, in the cellar of the second building'),
    );
    expect(failed.getByText('failed')).toBeTruthy();
    expect(failed.getByText(/^The disk of \/mnt\/.* is full\.$/).dataset['tone']).toBe('danger');
  });

  test('a_replica_is_added_by_its_folder_and_offers_the_first_copy', async () => {
    const { calls } = installMock('empty', { folder: '/media/work-ssd/Second copy' });
    renderApp('/settings');
    await userEvent.click(await screen.findByTestId('add-replica'));
    expect((await screen.findByTestId<HTMLButtonElement>('replica-add')).disabled).toBe(true);
    await userEvent.click(screen.getByTestId('replica-choose'));
    await userEvent.type(screen.getByTestId('replica-name'), 'Spare');
    await userEvent.click(screen.getByTestId('replica-elsewhere'));
    await waitFor(() =>
      expect(calls).toContainEqual({
        name: 'command_line',
        request: {
          of: 'store_add',
          request: { path: '/media/work-ssd/Second copy', name: 'Spare', isElsewhere: true },
        },
      }),
    );
    await userEvent.click(screen.getByTestId('replica-add'));
    await waitFor(() =>
      expect(calls).toContainEqual({
        name: 'replica_add',
        request: { path: '/media/work-ssd/Second copy', name: 'Spare', isElsewhere: true },
      }),
    );
    const added = within(await row('Spare'));
    expect(added.getByText('nothing copied yet')).toBeTruthy();
    expect(added.getByText('on the vault’s disk')).toBeTruthy();
    await userEvent.click(added.getByTestId('copy-replica'));
    await waitFor(() =>
      expect(calls).toContainEqual({ name: 'replica_copy', request: { replica: 'r-Spare', letGo: null } }),
    );
  });

  test('a_folder_is_given_whole_and_a_refusal_stays_in_the_dialog', async () => {
    const { calls } = installMock('home');
    renderApp('/settings');
    await userEvent.click(await screen.findByTestId('add-replica'));
    await userEvent.type(await screen.findByTestId('replica-path'), 'disk');
    expect(screen.getByText('Give the whole path of the folder, from its root on.')).toBeTruthy();
    await userEvent.clear(screen.getByTestId('replica-path'));
    await userEvent.type(screen.getByTestId('replica-path'), '/full');
    expect(await screen.findByTitle(/^holdfast store add .*\/full/)).toBeTruthy();
    await userEvent.click(screen.getByTestId('replica-add'));
    expect(await screen.findByText('It was not added.')).toBeTruthy();
    expect(calls.find((call) => call.name === 'replica_add')?.request).toEqual({
      path: '/full',
      name: null,
      isElsewhere: null,
    });
  });

  test('a_place_is_declared_with_its_day_and_its_person_and_taken_back', async () => {
    const { calls } = installMock('home');
    renderApp('/settings');
    expect((await row('Office NAS')).textContent).toMatch(
      /On the server office-nas\. Declared elsewhere on .* by anna\./,
    );
    const archive = await row('Archive disk');
    expect(archive.textContent).toContain('Nobody declared where it is.');
    await userEvent.click(within(archive).getByTestId('replica-place-act'));
    await userEvent.click(await screen.findByTestId('place-elsewhere'));
    await waitFor(() =>
      expect(calls).toContainEqual({
        name: 'command_line',
        request: { of: 'place_declare', request: { replica: 'Archive disk', isElsewhere: true } },
      }),
    );
    await userEvent.click(screen.getByTestId('place-declare'));
    await waitFor(() =>
      expect(calls).toContainEqual({
        name: 'place_declare',
        request: { replica: 'r-archive', isElsewhere: true },
      }),
    );
    await waitFor(async () =>
      expect((await row('Archive disk')).textContent).toContain('Declared elsewhere on'),
    );
    await userEvent.click(await screen.findByTestId('vault-place-act'));
    await userEvent.click(await screen.findByTestId('place-here'));
    await userEvent.click(screen.getByTestId('place-declare'));
    await waitFor(() =>
      expect(screen.getByTestId('vault-place').textContent).toContain('Declared to be in the same place'),
    );
  });

  test('a_copy_leads_to_its_run_and_one_that_cannot_begin_says_why', async () => {
    const { calls } = installMock('long');
    const { router } = renderApp('/settings');
    await userEvent.click(within(await row('Travel stick')).getByTestId('copy-replica'));
    expect(await screen.findByText('Nothing was copied.')).toBeTruthy();
    await userEvent.click(screen.getByTestId('copy-replicas'));
    await waitFor(() => expect(router.state.location.pathname).toBe('/run/j-running'));
    expect(calls).toContainEqual({ name: 'replica_copy', request: { replica: null, letGo: null } });
  });

  test('a_removal_says_that_the_folder_stays_before_it_is_done', async () => {
    const { calls } = installMock('home');
    renderApp('/settings');
    await userEvent.click(
      within(await row('Archive disk')).getByRole('button', { name: 'Remove Archive disk' }),
    );
    const dialog = await screen.findByRole('dialog');
    expect(dialog.textContent).toContain('Nothing is deleted: /media/archive/Holdfast/Anchor stays as it is');
    expect(dialog.textContent).toContain('does not count as a copy');
    expect(await screen.findByTitle(/^holdfast store remove .*Archive disk/)).toBeTruthy();
    await userEvent.click(screen.getByTestId('remove-replica'));
    await waitFor(() =>
      expect(calls).toContainEqual({ name: 'replica_remove', request: { replica: 'r-archive' } }),
    );
    await waitFor(() => expect(screen.getAllByTestId('replica')).toHaveLength(1));
  });

  test('backups_that_only_a_replica_has_are_named_and_stay_until_somebody_decides', async () => {
    installMock('long');
    renderApp('/settings');
    const cupboard = within(await row('Cupboard'));
    await waitFor(() =>
      expect(cupboard.getByTestId('only-here').textContent).toMatch(
        /^The vault lost 2 backups that only this replica still has\. It keeps them and their data until somebody decides\. Check the vault first; if they were removed on purpose: holdfast store copy .*Cupboard.*Cupboard$/,
      ),
    );
    expect(screen.getAllByTestId('only-here')).toHaveLength(1);
    await userEvent.click(cupboard.getByRole('button', { name: 'Remove Cupboard' }));
    expect((await screen.findByRole('dialog')).textContent).toContain(
      'The 2 backups that only this replica has stay there too',
    );
  });

  test('where_there_is_none_it_says_what_one_is_for', async () => {
    installMock('empty');
    renderApp('/settings');
    expect(
      await screen.findByText(
        /^A replica holds what the vault holds in a second folder.*Three copies, on two kinds of storage, one of them elsewhere/,
      ),
    ).toBeTruthy();
    expect(screen.queryAllByTestId('replica')).toHaveLength(0);
    expect(screen.getByTestId('add-replica')).toBeTruthy();
  });

  test('a_list_that_cannot_be_read_is_no_empty_list', async () => {
    installMock('damaged');
    renderApp('/settings');
    expect(await screen.findByText('The replicas could not be read.')).toBeTruthy();
    expect(screen.queryByTestId('add-replica')).toBeNull();
  });
});
