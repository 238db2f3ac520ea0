import { screen, waitFor } from '@testing-library/react';
import { expect, test } from 'vitest';
import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock } from '../../ipc/mock';

const createButton = () => screen.getByTestId<HTMLButtonElement>('create-vault');

async function saveTheKit() {
  await user.click(await screen.findByTestId('kit-save-page'));
  await screen.findByTestId('kit-saved');
}

test('a window without a vault begins with the first run', async () => {
  installMock('welcome');
  const { router } = renderApp('/');
  await screen.findByRole('heading', { name: 'Copies that have been restored, not just stored.' });
  expect(router.state.location.pathname).toBe('/welcome');
});

test('the last group of the key is never shown', async () => {
  installMock('welcome');
  renderApp('/welcome');
  await screen.findByText('7QK4');
  expect(document.body.textContent).not.toContain('YG1D');
});

test('no vault is created before the kit was saved and read back', async () => {
  installMock('welcome');
  renderApp('/welcome');
  await screen.findByTestId('kit-save-page');
  expect(createButton().disabled).toBe(true);
  expect(screen.getByText('Save the kit first. The last group is only in your copy.')).toBeTruthy();
  await saveTheKit();
  await user.type(screen.getByTestId('kit-last-group'), 'yg1');
  expect(createButton().disabled).toBe(true);
  expect(
    screen.getByText('One more character. Then the vault is created and you connect a project.'),
  ).toBeTruthy();
  await user.type(screen.getByTestId('kit-last-group'), 'd');
  expect(createButton().disabled).toBe(false);
});

test('a closed dialog saves nothing', async () => {
  const { calls } = installMock('welcome', { file: null });
  renderApp('/welcome');
  await user.click(await screen.findByTestId('kit-save-text'));
  expect(screen.queryByTestId('kit-saved')).toBeNull();
  expect(calls.some((call) => call.name === 'vault_kit_save')).toBe(false);
});

test('a wrong group is said at its field', async () => {
  installMock('welcome');
  renderApp('/welcome');
  await saveTheKit();
  await user.type(screen.getByTestId('kit-last-group'), 'aaaa');
  await user.click(createButton());
  await screen.findByText(/This is not the last group of the key\./);
});

test('after the vault the sample starts and its run is shown', async () => {
  const { calls } = installMock('welcome');
  const { router } = renderApp('/welcome');
  await user.click(await screen.findByRole('button', { name: 'Try the sample project' }));
  await saveTheKit();
  await user.type(screen.getByTestId('kit-last-group'), 'yg1d');
  await user.click(createButton());
  await waitFor(() => expect(router.state.location.pathname).toBe('/run/j-running'));
  expect(calls.map((call) => call.name).filter((name) => /vault_|sample/.test(name))).toEqual([
    'vault_draft',
    'vault_kit_save',
    'vault_create',
    'sample_add',
  ]);
});

test('after the vault a project is connected', async () => {
  installMock('welcome');
  const { router } = renderApp('/welcome');
  await saveTheKit();
  await user.type(screen.getByTestId('kit-last-group'), 'yg1d{Enter}');
  await waitFor(() => expect(router.state.location.pathname).toBe('/connect'));
});

test('a folder that is not empty is refused where it was chosen', async () => {
  installMock('welcome', { folder: '/full/disk' });
  renderApp('/welcome');
  await user.click(await screen.findByTestId('vault-path-change'));
  await user.click(screen.getByTestId('vault-path-choose'));
  expect((await screen.findByRole('alert')).textContent).toContain('folder_not_empty');
});

test('a vault is opened with its key, and says what came back', async () => {
  installMock('welcome');
  const { router } = renderApp('/welcome');
  await user.click(await screen.findByTestId('choice-open'));
  await user.click(screen.getByTestId('open-path-choose'));
  await user.type(screen.getByTestId('open-key'), '7QK4 M2RX 9TVD HW3C PZ8E 5JNB LA6F YG1D');
  await user.click(screen.getByTestId('open-vault'));
  await screen.findByText('412 backups of 6 projects came back.');
  await user.click(screen.getByTestId('go-home'));
  await waitFor(() => expect(router.state.location.pathname).toBe('/'));
});

test('without a keychain the keys go into a file sealed with a passphrase', async () => {
  const { calls } = installMock('no_keychain');
  renderApp('/welcome');
  await user.click(await screen.findByTestId('secrets-use-file'));
  await user.type(screen.getByTestId('passphrase'), 'four words are long');
  expect(screen.getByTestId<HTMLButtonElement>('passphrase-use').disabled).toBe(true);
  await user.type(screen.getByTestId('passphrase-again'), 'four words are long');
  await user.click(screen.getByTestId('passphrase-use'));
  await screen.findByText(/The key goes to the file sealed with your passphrase\./);
  expect(calls.some((call) => call.name === 'secrets_use_file')).toBe(true);
});

test('a locked file asks for its passphrase before anything else', async () => {
  installMock('locked');
  renderApp('/');
  await user.type(await screen.findByTestId('unlock-passphrase'), 'wrong');
  await user.click(screen.getByTestId('unlock'));
  await screen.findByText('The passphrase does not open the sealed file.');
  await user.clear(screen.getByTestId('unlock-passphrase'));
  await user.type(screen.getByTestId('unlock-passphrase'), 'four words are long{Enter}');
  await screen.findByRole('heading', { name: 'Two projects need you.' });
});
