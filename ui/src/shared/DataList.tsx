import { useVirtualizer } from '@tanstack/react-virtual';
import {
  useEffect,
  useId,
  useLayoutEffect,
  useMemo,
  useRef,
  useState,
  type KeyboardEvent,
  type ReactNode,
} from 'react';

import classes from './DataList.module.css';

export interface Column<Row> {
  id: string;
  title: string;
  /** How the title is drawn, where that is more than its text. */
  heading?: ReactNode;
  /** Track of the grid: `5rem`, `minmax(0, 1fr)`. */
  width: string;
  /** Figures stand at the right. */
  align?: 'end';
  /** Goes when the window is narrow. */
  isSecondary?: boolean;
  render: (row: Row) => ReactNode;
}

export interface DataListProps<Row> {
  label: string;
  columns: readonly Column<Row>[];
  rows: readonly Row[];
  keyOf: (row: Row) => string;
  /** Heading that a row stands under; rows with the same heading are neighbours. */
  groupOf?: (row: Row) => string;
  /** How a heading is drawn, where that is more than its text. */
  renderGroup?: (title: string) => ReactNode;
  /** Height of a row in rem: 2.25 for figures, 3.125 for two lines. */
  rowRem: number;
  /** Without it the list is a table to read. */
  selection?: {
    key: string | null;
    onSelect: (key: string | null) => void;
    onOpen: (row: Row) => void;
    /** What a click does, where it is not to select. */
    onClick?: (row: Row) => void;
    /** What the space bar does to the selected row: tick it. */
    onToggle?: (row: Row) => void;
  };
  /** Called when the end comes into sight; the page asks for more. */
  onEnd?: () => void;
  /** A line under the last row: that more is loading. */
  foot?: ReactNode;
}

type Item<Row> = { kind: 'group'; title: string } | { kind: 'row'; row: Row; key: string; index: number };

const GROUP_REM = 2.125;
/** Rows drawn beyond the edge of the window, so that a fast wheel shows no gap. */
const OVERSCAN = 12;
/** So many items before the end the next page is asked for. */
const END_AHEAD = 30;

function itemsOf<Row>({
  rows,
  keyOf,
  groupOf,
}: Pick<DataListProps<Row>, 'rows' | 'keyOf' | 'groupOf'>): Item<Row>[] {
  const items: Item<Row>[] = [];
  let group: string | undefined;
  rows.forEach((row, index) => {
    const title = groupOf?.(row);
    if (title !== undefined && title !== group) items.push({ kind: 'group', title });
    group = title;
    items.push({ kind: 'row', row, key: keyOf(row), index });
  });
  return items;
}

function scrollerOf(element: HTMLElement | null): HTMLElement {
  for (let at = element?.parentElement; at; at = at.parentElement) {
    if (/auto|scroll/.test(getComputedStyle(at).overflowY)) return at;
  }
  return document.documentElement;
}

/** A list that draws only the rows in sight, and scrolls with the page around it. Arrow keys move the selection. */
export function DataList<Row>(props: DataListProps<Row>) {
  const { label, columns, rows, keyOf, groupOf, renderGroup, rowRem, selection, onEnd, foot } = props;
  const base = useId();
  const body = useRef<HTMLDivElement>(null);
  const [margin, setMargin] = useState(0);
  const items = useMemo(() => itemsOf({ rows, keyOf, groupOf }), [rows, keyOf, groupOf]);
  const rem = parseFloat(getComputedStyle(document.documentElement).fontSize) || 16;

  const virtual = useVirtualizer({
    count: items.length,
    getScrollElement: () => scrollerOf(body.current),
    estimateSize: (index) => (items[index]?.kind === 'group' ? GROUP_REM : rowRem) * rem,
    getItemKey: (index) => {
      const item = items[index];
      return item === undefined ? index : item.kind === 'row' ? item.key : `group ${item.title}`;
    },
    overscan: OVERSCAN,
    scrollMargin: margin,
    scrollPaddingEnd: 6 * rem,
  });

  // What stands above the list changes its place in the page: figures, a plot that folds.
  // oxlint-disable-next-line react-hooks/exhaustive-deps -- Any drawing may move it; setting the same value ends the chain.
  useLayoutEffect(() => {
    const scroller = scrollerOf(body.current);
    const top = body.current?.getBoundingClientRect().top ?? 0;
    const next = Math.round(top - scroller.getBoundingClientRect().top + scroller.scrollTop);
    if (next !== margin) setMargin(next);
  });
  useLayoutEffect(() => virtual.measure(), [virtual, items, rowRem]);

  const visible = virtual.getVirtualItems();
  const last = visible.at(-1)?.index ?? 0;
  useEffect(() => {
    if (last >= items.length - END_AHEAD) onEnd?.();
  }, [last, items.length, onEnd]);

  const select = (index: number) => {
    const row = rows[Math.min(Math.max(index, 0), rows.length - 1)];
    if (row === undefined) return;
    const key = keyOf(row);
    selection?.onSelect(key);
    virtual.scrollToIndex(items.findIndex((item) => item.kind === 'row' && item.key === key));
  };

  const onKeyDown = (event: KeyboardEvent) => {
    if (!selection || event.target !== event.currentTarget) return;
    const at = rows.findIndex((row) => keyOf(row) === selection.key);
    const page = 10;
    const to = {
      ArrowDown: at + 1,
      ArrowUp: at - 1,
      PageDown: at + page,
      PageUp: at - page,
      Home: 0,
      End: rows.length - 1,
    }[event.key];
    const row = rows[at];
    if (to !== undefined) select(to);
    else if (event.key === 'Enter' && row !== undefined) selection.onOpen(row);
    else if (event.key === ' ' && row !== undefined && selection.onToggle) selection.onToggle(row);
    else if (event.key === 'Escape' && selection.key !== null) selection.onSelect(null);
    else return;
    event.preventDefault();
  };

  const columnsWide = columns.map((column) => column.width).join(' ');
  const columnsNarrow = columns
    .filter((column) => !column.isSecondary)
    .map((column) => column.width)
    .join(' ');
  const active = visible.some((item) => item.key === selection?.key)
    ? `${base}-${selection?.key}`
    : undefined;
  const cell = (column: Column<Row>) =>
    [classes.cell, column.align === 'end' && classes.end, column.isSecondary && classes.secondary]
      .filter(Boolean)
      .join(' ');

  return (
    // oxlint-disable-next-line jsx-a11y/no-static-element-interactions -- its role is given as it is known: a listbox, or a table
    <div
      className={classes.list}
      style={{ '--columns': columnsWide, '--columns-narrow': columnsNarrow } as React.CSSProperties}
      role={selection ? 'grid' : 'table'}
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-activedescendant={active}
      tabIndex={selection ? 0 : undefined}
      onKeyDown={onKeyDown}
    >
      <div className={classes.head} role="row" aria-rowindex={1}>
        {columns.map((column) => (
          <span key={column.id} role="columnheader" className={cell(column)}>
            {column.heading ?? column.title}
          </span>
        ))}
      </div>
      <div ref={body} className={classes.body} style={{ height: virtual.getTotalSize() }} role="rowgroup">
        {visible.map(({ index, start, size, key }) => {
          const item = items[index];
          if (item === undefined) return null;
          const place = { height: size, transform: `translateY(${start - margin}px)` };
          if (item.kind === 'group') {
            return (
              <div key={key} className={classes.group} style={place} role="row">
                <span role="rowheader" className={renderGroup ? classes.wide : undefined}>
                  {renderGroup?.(item.title) ?? item.title}
                </span>
              </div>
            );
          }
          return (
            // oxlint-disable-next-line jsx-a11y/click-events-have-key-events -- the list around it has the focus, and moves and chooses by keys
            <div
              key={key}
              id={`${base}-${item.key}`}
              className={selection ? `${classes.row} ${classes.selectable}` : classes.row}
              style={place}
              role="row"
              aria-rowindex={item.index + 2}
              aria-selected={selection ? item.key === selection.key : undefined}
              onClick={() =>
                selection?.onClick ? selection.onClick(item.row) : selection?.onSelect(item.key)
              }
              onDoubleClick={() => selection?.onOpen(item.row)}
            >
              {columns.map((column) => (
                <span key={column.id} role={selection ? 'gridcell' : 'cell'} className={cell(column)}>
                  {column.render(item.row)}
                </span>
              ))}
            </div>
          );
        })}
      </div>
      {foot && <div className={classes.more}>{foot}</div>}
    </div>
  );
}
