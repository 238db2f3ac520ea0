import type { AssertionView } from '../bindings';
import type { Handlers } from './index';
import { NOW } from './projects';

const DAY = 86_400_000;
const LONG =
  'every order that was paid in the last thirty days has an invoice, a payment that covers it, and an address';

const shop: AssertionView[] = [
  {
    name: 'no order without a customer',
    query: 'select id from orders where customer_id is null',
    createdAtMs: NOW - 40 * DAY,
  },
  {
    name: 'orders of the last day',
    query:
      "select count(*) > 0 from orders where created_at > (select max(created_at) from orders) - interval '1 day'",
    createdAtMs: NOW - 12 * DAY,
  },
];

const many: AssertionView[] = [
  ...shop,
  {
    name: LONG,
    query:
      'select o.id\n  from orders o\n  left join invoices i on i.order_id = o.id\n  left join payments p on p.order_id = o.id and p.amount >= o.total\n where o.paid_at is not null\n   and (i.id is null or p.id is null)',
    createdAtMs: NOW - 2 * DAY,
  },
];

/** What a project is held to, as the command line knows it: names are checked, nothing is added by the window. */
export function expectationsOf(
  scenario: string,
): Pick<Handlers, 'assertion_list' | 'assertion_draft' | 'assertion_add' | 'assertion_remove'> {
  let assertions = scenario === 'empty' ? [] : scenario === 'long' ? many : shop;
  const refuse = (code: string, message: string, hint: string): never => {
    throw { code, message, hint, retry: 'after_fix', reportId: '4c1e77d0' };
  };
  return {
    assertion_list: () => assertions,
    assertion_draft: ({ project, name, query }) => {
      if (name.trim() === '')
        return refuse(
          'invalid_request',
          '"" cannot be the name of an assertion',
          'Use 1 to 120 characters, without line breaks.',
        );
      if (query.trim() === '')
        return refuse(
          'invalid_request',
          'the query of the assertion is empty or too long',
          'Give one statement of at most 20000 bytes.',
        );
      if (assertions.some((one) => one.name === name.trim()))
        return refuse(
          'assertion_exists',
          `shop-prod has an assertion "${name.trim()}" already`,
          'Choose another name, or remove that one first.',
        );
      return {
        command: `holdfast drill assert add ${project.replace(/^p-/, '')} '${name.trim()}' '${query.trim().replaceAll("'", "'\\''")}'`,
      };
    },
    assertion_add: () =>
      refuse(
        'command_line_only',
        'an assertion can be given on the command line only',
        'See `holdfast drill --help` there.',
      ),
    assertion_remove: ({ name }) => {
      assertions = assertions.filter((one) => one.name !== name);
      return {};
    },
  };
}
