import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { installMock } from '../../ipc/mock';
import { backupRow } from '../../ipc/mock/backups';
import { askedOf, draftOf, fileName, newDraft, partRequest, strength, type ExportDraft } from './exportDraft';

const row = backupRow({ id: 'b-shop-prod', shortId: '8c04d0', atMs: Date.UTC(2026, 10, 21, 9, 2) });
const draft = (more: Partial<ExportDraft>): ExportDraft => ({ ...newDraft, ...more });

beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
});

async function opened(file: string) {
  const mock = installMock('home', { file });
  renderApp('/backup/b-shop-prod');
  await userEvent.click(await screen.findByTestId('export-backup'));
  await screen.findByTestId('export-start');
  return mock;
}

const isOff = () => (screen.getByTestId('export-start') as HTMLButtonElement).disabled;
const sent = (calls: readonly { name: string; request: unknown }[]) =>
  calls.filter((call) => call.name === 'backup_export' || call.name === 'backup_save');

describe('exporting a backup', () => {
  test('nothing_leaves_before_a_passphrase_was_typed_twice_and_a_place_chosen', async () => {
    const { calls } = await opened('/media/stick');
    expect(isOff()).toBe(true);
    await userEvent.type(screen.getByTestId('export-passphrase'), 'four unrelated words');
    await userEvent.type(screen.getByTestId('export-again'), 'four unrelated word');
    await userEvent.click(screen.getByTestId('export-choose'));
    await waitFor(() =>
      expect(screen.getByTestId('export-path').textContent).toMatch(
        /^\/media\/stick\/shop-prod-.*\.tar\.zst\.age$/,
      ),
    );
    expect(isOff()).toBe(true);
    await userEvent.type(screen.getByTestId('export-again'), 's');
    await userEvent.click(screen.getByTestId('export-start'));
    await waitFor(() => expect(sent(calls)).toHaveLength(1));
    expect(sent(calls)[0]?.request).toMatchObject({
      backup: 'b-shop-prod',
      to: { packing: 'zstd', passphrase: 'four unrelated words', replace: false },
    });
    expect((await screen.findByTestId('written-file')).textContent).toContain('zstd -dc');
  });

  test('without_a_passphrase_it_says_that_the_file_holds_all_in_clear_text_and_the_name_changes', async () => {
    await opened('/media/stick');
    await userEvent.click(screen.getByTestId('export-encrypt'));
    expect(screen.getByTestId('export-clear').textContent).toContain('Whoever has it can read every row.');
    expect(screen.getByTestId('export-path').textContent).toMatch(/\.tar\.zst$/);
  });

  test('a_file_that_is_there_stays_and_another_name_is_chosen', async () => {
    const { calls } = await opened('/taken');
    await userEvent.click(screen.getByTestId('export-encrypt'));
    await userEvent.click(screen.getByTestId('export-choose'));
    await userEvent.click(screen.getByTestId('export-start'));
    expect((await screen.findByTestId('error-panel')).textContent).toContain('Choose another name');
    expect(sent(calls)[0]?.request).toMatchObject({ to: { replace: false } });
    await userEvent.click(screen.getByTestId('export-choose'));
    await waitFor(() => expect(screen.queryByTestId('error-panel')).toBeNull());
  });

  test('another_choice_needs_its_place_chosen_anew', async () => {
    const { calls } = await opened('/media/stick');
    await userEvent.click(screen.getByTestId('export-encrypt'));
    await userEvent.click(screen.getByTestId('export-choose'));
    await waitFor(() => expect(isOff()).toBe(false));
    await userEvent.click(screen.getByTestId('export-part'));
    expect(isOff()).toBe(true);
    await userEvent.click(screen.getByTestId('form-sql'));
    await userEvent.click(screen.getByTestId('export-clean'));
    await userEvent.click(screen.getByTestId('export-choose'));
    await userEvent.click(screen.getByTestId('export-start'));
    await waitFor(() =>
      expect(sent(calls)[0]?.request).toMatchObject({
        part: 'database',
        tables: [],
        form: 'sql',
        clean: true,
        noOwner: false,
      }),
    );
  });
});

describe('what is asked for', () => {
  test('the_name_says_what_the_file_is', () => {
    expect(fileName(row, newDraft)).toBe('shop-prod-2026-11-21-0902.tar.zst.age');
    expect(fileName(row, draft({ scope: 'part', form: 'tar', packing: 'gzip', isEncrypted: false }))).toBe(
      'shop-prod-2026-11-21-0902-sql.tar.gz',
    );
    expect(fileName(row, draft({ scope: 'part', part: 'roles', packing: 'none', isEncrypted: false }))).toBe(
      'shop-prod-2026-11-21-0902-roles.sql',
    );
  });

  test('the_command_line_is_the_same_and_holds_no_passphrase', () => {
    const whole = draft({
      passphrase: 'four unrelated words',
      again: 'four unrelated words',
      path: "/media/anna's stick/a.age",
    });
    expect(askedOf(row, whole)).toEqual({
      of: 'bundle_export',
      request: {
        backup: '8c04d0',
        to: { path: "/media/anna's stick/a.age", packing: 'zstd', passphrase: '', replace: false },
      },
    });
    const part = draft({
      scope: 'part',
      form: 'sql',
      clean: true,
      noOwner: true,
      packing: 'none',
      isEncrypted: false,
      path: '/a/b.sql',
    });
    expect(askedOf(row, part)).toEqual({
      of: 'backup_save',
      request: {
        backup: '8c04d0',
        part: 'database',
        tables: [],
        form: 'sql',
        clean: true,
        noOwner: true,
        to: { path: '/a/b.sql', packing: 'none', passphrase: null, replace: false },
      },
    });
  });

  test('rows_as_json_are_of_the_tables_that_a_person_named', () => {
    const rows = draft({
      scope: 'part',
      form: 'json',
      tables: 'public.users, shop.*\n',
      clean: true,
      path: '/a/rows.tar',
    });
    expect(fileName(row, rows)).toContain('-rows.tar');
    expect(askedOf(row, rows)).toMatchObject({
      of: 'backup_save',
      request: { part: 'database', form: 'json', tables: ['public.users', 'shop.*'], clean: false },
    });
    expect(askedOf(row, { ...rows, form: 'sql' })).toMatchObject({ request: { tables: [] } });
  });

  test('choices_of_sql_do_not_go_with_a_part_that_has_none', () => {
    const roles = draft({
      scope: 'part',
      part: 'roles',
      form: 'sql',
      clean: true,
      noOwner: true,
      isEncrypted: false,
    });
    expect(partRequest('b', roles, '/a')).toMatchObject({ form: null, clean: false, noOwner: false });
    const scripts = draft({ scope: 'part', form: 'tar', clean: true, noOwner: true, isEncrypted: false });
    expect(partRequest('b', scripts, '/a')).toMatchObject({ form: 'tar', clean: false, noOwner: true });
  });

  test('a_backup_without_a_database_offers_what_it_holds', () => {
    const artifact = {
      component: 'artifact',
      path: '/artifact/backup_full.tar.gz',
      sizeBytes: 12,
      sha256: 'ab',
    };
    const chosen = {
      ...draftOf([artifact]),
      scope: 'part' as const,
      packing: 'none' as const,
      isEncrypted: false,
    };
    expect(chosen.part).toBe('/artifact/backup_full.tar.gz');
    expect(fileName(row, chosen)).toBe('shop-prod-2026-11-21-0902-backup_full.tar.gz');
    expect(askedOf(row, { ...chosen, path: '/a/b' })).toMatchObject({
      of: 'backup_save',
      request: { part: '/artifact/backup_full.tar.gz', form: null, to: { path: '/a/b' } },
    });
  });

  test('a_passphrase_is_judged_by_its_length_alone', () => {
    expect([7, 8, 14, 20].map((length) => strength(length).state)).toEqual(['danger', 'warn', 'ok', 'ok']);
  });
});
