import { useVirtualizer } from '@tanstack/react-virtual';
import { useLayoutEffect, useRef, useState, type KeyboardEvent } from 'react';
import type { ProjectRow } from '../../ipc/bindings';
import { ProjectTableRow } from './ProjectTableRow';
import css from './ProjectTable.module.css';

/** A row of two lines, and the line under it. */
const ROW_PX = 60;
/** Shorter lists are drawn whole. */
const VIRTUAL_FROM = 60;

type Props = { projects: readonly ProjectRow[] };

/** Every project, most at risk first. Only the rows in sight are drawn when there are many. */
export function ProjectTable({ projects }: Props) {
  return (
    <table className={css.table} aria-rowcount={projects.length + 1} data-testid="projects">
      <colgroup>
        <col />
        <col className={css.cGauge} />
        <col className={css.cProof} />
        <col className={css.cBack} />
        <col className={`${css.cKept} ${css.tertiary}`} />
        <col className={`${css.cStrip} ${css.secondary}`} />
        <col className={css.cNext} />
      </colgroup>
      <thead>
        <tr>
          <th scope="col">Project</th>
          <th scope="col">Recovery point</th>
          <th scope="col">Proof</th>
          <th scope="col">Back within</th>
          <th scope="col" className={css.tertiary}>
            Copies
          </th>
          <th scope="col" className={css.secondary}>
            Last 30 days
          </th>
          <th scope="col">Next run</th>
        </tr>
      </thead>
      {projects.length < VIRTUAL_FROM ? (
        // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the arrows move among the links of its rows
        <tbody onKeyDown={moveByArrow}>
          {projects.map((row, index) => (
            <ProjectTableRow key={row.id} row={row} index={index} />
          ))}
        </tbody>
      ) : (
        <VirtualRows projects={projects} />
      )}
    </table>
  );
}

function VirtualRows({ projects }: Props) {
  const body = useRef<HTMLTableSectionElement>(null);
  const [scroller, setScroller] = useState<HTMLElement | null>(null);
  const [marginPx, setMarginPx] = useState(0);
  // The list scrolls with the whole screen, so where it begins has to be measured.
  useLayoutEffect(() => {
    const found = body.current?.closest('main') ?? null;
    setScroller(found);
    if (found !== null && body.current !== null)
      setMarginPx(
        body.current.getBoundingClientRect().top - found.getBoundingClientRect().top + found.scrollTop,
      );
  }, []);
  // oxlint-disable-next-line react/incompatible-library -- nothing that it returns is kept beyond a drawing
  const virtual = useVirtualizer({
    count: projects.length,
    getScrollElement: () => scroller,
    estimateSize: () => ROW_PX,
    overscan: 8,
    scrollMargin: marginPx,
  });
  const items = virtual.getVirtualItems();
  const above = (items[0]?.start ?? marginPx) - marginPx;
  const below = virtual.getTotalSize() - ((items.at(-1)?.end ?? marginPx) - marginPx);
  return (
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-element-interactions -- the arrows move among the links of its rows
    <tbody ref={body} onKeyDown={moveByArrow}>
      {above > 0 && (
        <tr aria-hidden="true">
          {/* oxlint-disable-next-line jsx-a11y/control-has-associated-label -- an empty cell that takes the place of rows out of sight */}
          <td className={css.space} colSpan={7} style={{ height: above }} />
        </tr>
      )}
      {items.map(({ index }) => {
        const row = projects[index];
        return row && <ProjectTableRow key={row.id} row={row} index={index} />;
      })}
      {below > 0 && (
        <tr aria-hidden="true">
          {/* oxlint-disable-next-line jsx-a11y/control-has-associated-label -- an empty cell that takes the place of rows out of sight */}
          <td className={css.space} colSpan={7} style={{ height: below }} />
        </tr>
      )}
    </tbody>
  );
}

function moveByArrow(event: KeyboardEvent<HTMLTableSectionElement>) {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const links = [...event.currentTarget.querySelectorAll<HTMLAnchorElement>('th a')];
  const at = links.findIndex((link) => link === document.activeElement);
  const next = links[at + (event.key === 'ArrowDown' ? 1 : -1)];
  if (at < 0 || next === undefined) return;
  event.preventDefault();
  next.focus();
}
