import type { ForeignKeyView, TableReferencesView } from '../bindings';

const key = (from: string, to: string, given: Partial<ForeignKeyView> = {}): ForeignKeyView => ({
  name: `${from}_${to}_fkey`,
  from: `public.${from}`,
  fromRows: [`public.${from}`],
  to: `public.${to}`,
  toRows: [`public.${to}`],
  ...given,
});

/** A shop: lines point to orders and products, and most of the rest to customers. */
const shop: ForeignKeyView[] = [
  key('addresses', 'customers'),
  key('carts', 'customers'),
  key('invoices', 'orders'),
  key('order_items', 'orders'),
  key('order_items', 'products'),
  key('orders', 'customers'),
  key('orders', 'table_11', {
    to: 'public.rates',
    toRows: ['public.table_11', 'public.table_12', 'public.table_13'],
  }),
  key('payments', 'orders'),
  key('sessions', 'customers'),
];

/** The foreign keys of a backup; of one scenario not all were understood. */
export function referencesOf(scenario: string): TableReferencesView {
  if (scenario === 'well') return { keys: [], unread: [] };
  return {
    keys: shop,
    unread:
      scenario === 'long'
        ? ['a_table_with_a_very_long_name_that_an_orm_generated a_key_with_a_very_long_name_too']
        : [],
  };
}
