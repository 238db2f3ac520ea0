import { screen, waitFor } from '@testing-library/react';
import { describe, expect, test } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { user } from '../../app/testing/user';
import { installMock, type Call } from '../../ipc/mock';

const AT = '/project/p-shop-prod?tab=goals';
const requests = (calls: readonly Call[], name: string) =>
  calls.filter((call) => call.name === name).map((call) => call.request);

describe('assertions of a project', () => {
  test('one_is_checked_and_added_on_the_command_line_and_never_by_the_window', async () => {
    const { calls } = installMock('home');
    renderApp(AT);
    await user.type(await screen.findByTestId('assertion-name'), 'paid orders');
    await user.type(screen.getByTestId('assertion-query'), "select 'x' from orders where false");
    await user.click(screen.getByTestId('check-assertion'));
    expect((await screen.findByTestId('assertion-command')).textContent).toContain(
      "holdfast drill assert add shop-prod 'paid orders' 'select '\\''x'\\'' from orders where false'",
    );
    expect(requests(calls, 'assertion_add')).toEqual([]);
    await user.type(screen.getByTestId('assertion-query'), ' and true');
    expect(screen.queryByTestId('assertion-command')).toBeNull();
  });

  test('a_name_that_is_taken_is_refused_with_what_to_do', async () => {
    installMock('home');
    renderApp(AT);
    await user.type(await screen.findByTestId('assertion-name'), 'orders of the last day');
    await user.type(screen.getByTestId('assertion-query'), 'select true');
    await user.click(screen.getByTestId('check-assertion'));
    expect((await screen.findByTestId('error-panel')).textContent).toContain(
      'Choose another name, or remove that one first.',
    );
    expect(screen.queryByTestId('assertion-command')).toBeNull();
  });

  test('one_is_removed_after_a_second_question', async () => {
    const { calls } = installMock('home');
    renderApp(AT);
    await user.click((await screen.findAllByTestId('remove-assertion'))[0]!);
    expect(requests(calls, 'assertion_remove')).toEqual([]);
    await user.click(screen.getByTestId('remove-assertion-confirm'));
    await waitFor(() => expect(screen.getAllByTestId('assertion')).toHaveLength(1));
    expect(requests(calls, 'assertion_remove')).toEqual([
      { project: 'p-shop-prod', name: 'no order without a customer' },
    ]);
  });

  test('without_one_it_says_so', async () => {
    installMock('empty');
    renderApp(AT);
    expect(await screen.findByText('No assertion yet.')).toBeTruthy();
  });
});
