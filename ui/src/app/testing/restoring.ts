import { screen } from '@testing-library/react';

import type { Request } from '../../ipc/call';
import { user } from './user';

/** Where the wizard of a backup begins. */
export const AT = '/restore/b-shop-prod';
export const click = async (id: string) => user.click(await screen.findByTestId(id));
export const next = () => click('plan-next');

/** What a command was asked, in order. */
export const requests = (calls: readonly { name: string; request: unknown }[], name: string) =>
  calls.filter((call) => call.name === name).map((call) => call.request);

/** The one sentence of a step; the live region says it too. */
export const hero = (name: string) => screen.findByRole('heading', { level: 1, name });
export const button = (id: string) => screen.getByTestId<HTMLButtonElement>(id);
export const target = (calls: readonly { name: string; request: unknown }[]) =>
  (requests(calls, 'restore_plan').at(-1) as Request<'restore_plan'>).target;
