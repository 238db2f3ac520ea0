import type { RowsView, TableRange } from '../bindings';

const COLUMNS = ['id', 'customer_id', 'state', 'total', 'note', 'address', 'created_at'];
const STATES = ['paid', 'shipped', 'open', 'returned'];
const NOTES = [
  null,
  '',
  'Leave it at the door',
  'Ring twice; the dog is friendly, the neighbour is not, and the gate sticks when it rains',
];
const ROWS = 340;

function row(number: number): (string | null)[] {
  const day = `2026-11-${String(1 + (number % 21)).padStart(2, '0')}`;
  return [
    String(number),
    String(1000 + ((number * 7) % 300)),
    STATES[number % 4] ?? null,
    ((number * 37) % 900).toFixed(2),
    NOTES[number % 4] ?? null,
    `{"city": "Lyon", "street": "rue ${number}"}`,
    `${day} 08:${String(number % 60).padStart(2, '0')}:12+00`,
  ];
}

/** A page of rows that look like orders. */
export function rowsOf({ schema, name, first, count }: TableRange, command: string): RowsView {
  const from = first;
  const numbers = Array.from(
    { length: Math.max(0, Math.min(count, ROWS - from)) },
    (_, index) => from + index + 1,
  );
  return {
    columns: COLUMNS,
    rows: numbers.map(row),
    first: from,
    hasMore: from + count < ROWS,
    cut: 0,
    command: `${command} ${schema}.${name}${from === 0 ? '' : ` --first ${from}`} --count ${count}`,
  };
}
