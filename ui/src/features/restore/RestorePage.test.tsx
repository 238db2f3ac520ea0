import { screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { beforeEach, describe, expect, test, vi } from 'vitest';

import { renderApp } from '../../app/testing/renderApp';
import { installMock } from '../../ipc/mock';
import { restorePlan } from '../../ipc/mock/runs';
import { missing, proposedName, requestOf, type TargetDraft } from './target';

const draft: TargetDraft = { place: 'scratch', name: 'shop_restored', project: null, connection: null, password: '' };

beforeEach(() => {
  vi.spyOn(Element.prototype, 'clientHeight', 'get').mockReturnValue(900);
});

describe('wizard of a restore', () => {
  test('a_new_database_is_planned_confirmed_by_name_and_restored', async () => {
    const { calls } = installMock('home');
    renderApp('/restore/b-shop-prod');
    await userEvent.click(await screen.findByTestId('target-new-database'));
    const name = await screen.findByTestId<HTMLInputElement>('target-name');
    expect(name.value).toBe('shop_prod_restored');
    await userEvent.clear(name);
    await userEvent.type(name, 'shop_restored');
    await userEvent.click(screen.getByTestId('plan-next'));
    await screen.findByText('42 tables would be created, nothing is changed.');
    await userEvent.click(screen.getByTestId('plan-next'));
    const apply = await screen.findByTestId<HTMLButtonElement>('apply-restore');
    expect(apply.textContent).toBe('Create shop_restored with 42 tables');
    expect(apply.disabled).toBe(true);
    await userEvent.type(screen.getByTestId('confirm-name'), 'shop_restored');
    await userEvent.click(apply);
    await waitFor(() => expect(calls).toContainEqual({ name: 'restore_apply', request: { planId: 'plan-1', confirm: 'shop_restored' } }));
    expect(calls).toContainEqual({ name: 'restore_plan', request: { backup: 'b-shop-prod', target: { kind: 'new_database', name: 'shop_restored', project: null } } });
    expect(await screen.findByTestId('restore-verdict')).toBeTruthy();
  });

  test('a_blocked_plan_cannot_go_on_and_says_why', async () => {
    installMock('home', { restore_plan: ({ backup }) => ({ ...restorePlan(backup, false), blockers: ['A database named shop_restored exists.'] }) });
    renderApp('/restore/b-shop-prod');
    await userEvent.click(await screen.findByTestId('plan-next'));
    expect((await screen.findByTestId('plan-blockers')).textContent).toContain('A database named shop_restored exists.');
    expect(screen.getByTestId<HTMLButtonElement>('plan-next').disabled).toBe(true);
  });

  test('a_stale_plan_is_made_again_before_it_can_go_on', async () => {
    installMock('home', { restore_plan: ({ backup }) => ({ ...restorePlan(backup, true), validUntilMs: Date.now() - 1000 }) });
    renderApp('/restore/b-shop-prod');
    await userEvent.click(await screen.findByTestId('plan-next'));
    expect(await screen.findByText('The plan is out of date.')).toBeTruthy();
    expect(screen.queryByTestId('plan-next')).toBeNull();
    expect(screen.getByRole('button', { name: /Make the plan again/ })).toBeTruthy();
  });
});

describe('target of a restore', () => {
  test('the_default_needs_nothing_more', () => {
    expect(missing(draft)).toBeNull();
    expect(requestOf(draft)).toEqual({ kind: 'scratch' });
  });
  test('a_name_that_postgres_would_cut_is_refused', () => {
    expect(missing({ ...draft, place: 'own_server', name: 'x'.repeat(64) })).toContain('63 bytes');
    expect(proposedName('x'.repeat(90)).length).toBeLessThanOrEqual(63);
  });
  test('a_project_name_becomes_a_name_of_a_database', () => {
    expect(proposedName('Shop prod (EU)')).toBe('shop_prod_eu_restored');
  });
});
