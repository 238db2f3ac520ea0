import { screen, waitFor, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { describe, expect, test } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { CommandError } from '../../ipc/call';
import { fail, installMock } from '../../ipc/mock';
import { beforeMs } from './CleanPart';
import { lackOfContacts } from './ContactsPart';

const PLAN = '/project/p-shop-prod/plan';

describe('the recovery plan', () => {
  test('it_is_reached_from_its_project_and_shows_every_section_with_its_commands', async () => {
    installMock('home');
    renderApp('/project/p-shop-prod');
    await userEvent.click(await screen.findByTestId('open-plan'));
    expect(await screen.findByRole('heading', { name: 'Recovery plan of shop-prod' })).toBeTruthy();
    const deletion = await screen.findByTestId('section-deletion');
    expect(within(deletion).getByText(/holdfast restore plan .* --missing-rows/)).toBeTruthy();
    expect(screen.getByTestId('paper-headline').textContent).toContain('can be recovered as it was');
    expect(within(screen.getByRole('navigation', { name: 'Contents' })).getAllByRole('button')).toHaveLength(
      10,
    );
  });

  test('it_is_saved_where_the_dialog_says_and_a_refusal_is_shown', async () => {
    const { calls } = installMock('home', {
      recovery_plan_save: ({ path }) =>
        path.includes('taken') ? fail({ code: 'file_exists', message: 'it is there' }) : {},
    });
    renderApp(PLAN);
    await userEvent.click(await screen.findByTestId('save-plan'));
    await waitFor(() =>
      expect(calls.find((call) => call.name === 'recovery_plan_save')?.request).toMatchObject({
        project: 'p-shop-prod',
        path: expect.stringMatching(/recovery-plan-shop-prod\.html$/),
      }),
    );
    expect(await screen.findByText('Saved.')).toBeTruthy();
  });

  test('the_folder_is_chosen_and_a_page_that_could_not_be_written_is_an_alert', async () => {
    const { calls } = installMock('gone', { folder: '/srv/shared' });
    renderApp(PLAN);
    expect((await screen.findByRole('alert')).textContent).toContain(
      'The folder /media/blue/recovery is not there.',
    );
    await userEvent.click(screen.getByTestId('choose-plan-folder'));
    await waitFor(() =>
      expect(calls.find((call) => call.name === 'recovery_plan_folder_set')?.request).toEqual({
        folder: '/srv/shared',
      }),
    );
  });

  test('contacts_are_kept_in_order_and_one_who_cannot_be_reached_is_not', async () => {
    const { calls } = installMock('well');
    renderApp(PLAN);
    await userEvent.click(await screen.findByTestId('edit-contacts'));
    const keep = await screen.findByTestId('keep-contacts');
    await userEvent.type(screen.getByTestId('contact-name-0'), 'Ana Ruiz');
    expect(keep).toHaveProperty('disabled', true);
    expect(screen.getByText('Ana Ruiz has neither a telephone number nor an e-mail address.')).toBeTruthy();
    await userEvent.type(screen.getByTestId('contact-phone-0'), '+34 600');
    await userEvent.click(screen.getByTestId('add-contact'));
    await userEvent.type(screen.getByTestId('contact-name-1'), 'Bo Lind');
    await userEvent.type(screen.getByTestId('contact-email-1'), 'bo@shop.example');
    await userEvent.click(screen.getByRole('button', { name: 'Call Bo Lind earlier' }));
    await userEvent.type(screen.getByTestId('kit-place'), 'the safe');
    await userEvent.click(keep);
    await waitFor(() =>
      expect(calls.find((call) => call.name === 'kit_place_set')?.request).toEqual({ place: 'the safe' }),
    );
    const sent = calls.find((call) => call.name === 'contacts_set')?.request as {
      people: { name: string }[];
    };
    expect(sent.people.map((one) => one.name)).toEqual(['Bo Lind', 'Ana Ruiz']);
  });

  test('a_clean_backup_is_looked_for_before_a_moment_and_what_nobody_looked_at_stays_in_sight', async () => {
    const { calls } = installMock('home');
    renderApp(PLAN);
    await userEvent.click(await screen.findByTestId('open-clean'));
    const found = await screen.findByTestId('clean-found');
    expect(found.textContent).toContain('Fail.');
    expect(found.textContent).toContain('public.customers: 100 % of its rows are not as they were');
    expect(found.textContent).toContain('What nobody looked at');
    const field = screen.getByTestId('clean-before');
    expect(screen.getByTestId('find-clean')).toHaveProperty('disabled', true);
    await userEvent.type(field, '2026-11-20T14:00');
    await userEvent.click(screen.getByTestId('find-clean'));
    await waitFor(() =>
      expect(calls.find((call) => call.name === 'clean_check_start')?.request).toEqual({
        project: 'p-shop-prod',
        beforeMs: beforeMs('2026-11-20T14:00'),
      }),
    );
  });

  test('a_plan_that_could_not_be_made_says_so', async () => {
    installMock('home', {
      recovery_plan_show: () => {
        throw new CommandError({
          code: 'internal',
          message: 'no answer',
          hint: null,
          retry: 'now',
          reportId: 'r',
        });
      },
    });
    renderApp(PLAN);
    expect(await screen.findByText('The recovery plan could not be made.')).toBeTruthy();
  });

  test('what_a_list_of_contacts_lacks_is_said', () => {
    const one = { role: '', name: 'Ana', phone: '1', email: '', note: '' };
    expect(lackOfContacts([one])).toBeNull();
    expect(lackOfContacts([one, { ...one, name: ' ' }])).toBe('Somebody has no name.');
    expect(beforeMs('')).toBeNull();
  });
});
