import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';

import { bytes, counted, day, moment } from '../../shared/format';
import { Block, Row, Text } from '../../shared/Layout';
import { Plot } from '../../shared/Plot';
import { Segmented } from '../../shared/Segmented';
import { TextButton } from '../../shared/TextButton';
import { BAND, growthOf, type Growth, type Grown } from './growth';
import classes from './GrowthPanel.module.css';
import { growthQuery } from './queries';

const SPANS = [
  { value: '30', label: '30 days' },
  { value: '60', label: '60 days' },
  { value: '365', label: '1 year' },
] as const;
type Span = (typeof SPANS)[number]['value'];

/** What the plot says, in words. */
export function growthSentence({ points, perMonth, odd }: Growth): string {
  if (points.length === 0) return 'no backup in this time';
  if (points.length === 1) return 'one backup so far; a second makes a line';
  const trend =
    perMonth === undefined
      ? null
      : perMonth === 0
        ? 'stays as it is'
        : `${perMonth < 0 ? 'shrinks' : 'grows'} ${bytes(Math.abs(perMonth))} a month`;
  const exception = odd === 0 ? 'as expected' : `as expected but for ${odd === 1 ? 'one' : odd}`;
  return trend === null ? counted(points.length, 'backup') : `${trend}, ${exception}`;
}

/** Why a point is ringed: `14 Nov: 18 % smaller than expected`. */
export function oddWords(point: Grown): string | undefined {
  if (point.off === undefined) return undefined;
  return `${day(point.atMs)}: ${Math.round(Math.abs(point.off) * 100)} % ${point.off < 0 ? 'smaller' : 'larger'} than expected`;
}

function GrowthTable({ points }: { points: readonly Grown[] }) {
  return (
    <div className={classes.scroll} tabIndex={0} role="region" aria-label="Size of each backup as a table">
      <table className={classes.table}>
        <thead>
          <tr>
            <th>Backup</th>
            <th>Size</th>
            <th>Added to the vault</th>
            <th>Against the trend</th>
          </tr>
        </thead>
        <tbody>
          {[...points].reverse().map((point) => (
            <tr key={point.id}>
              <td>{moment(point.atMs)}</td>
              <td>{bytes(point.value)}</td>
              <td>{bytes(point.addedBytes)}</td>
              <td className={point.off === undefined ? undefined : classes.odd}>
                {point.off === undefined ? 'as expected' : oddWords(point)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** The size of each backup over time, as a line or as a table. */
export function GrowthPanel({ project }: { project: string }) {
  const [span, setSpan] = useState<Span>('60');
  const [isTable, setTable] = useState(false);
  const { data, error } = useQuery(growthQuery(project, Number(span)));
  const growth = useMemo(() => growthOf(data ?? []), [data]);
  const points = useMemo(() => growth.points.map((point) => ({ ...point, odd: oddWords(point) })), [growth]);
  const canPlot = points.length > 1;
  const said = error ? `could not be read: ${error.message}` : data ? growthSentence(growth) : '';

  return (
    <Block as="section" top={4.5} aria-label="Size of each backup">
      <div className={classes.head}>
        <span className={classes.title}>
          <b>Size of each backup</b>{' '}
          <Text as="span" tone="quiet">
            {said}
          </Text>
        </span>
        <Row as="span" gap={2} keeps>
          <Segmented label="Time shown" value={span} options={SPANS} onChange={setSpan} />
          {canPlot && (
            <TextButton size="xs" aria-pressed={isTable} onClick={() => setTable(!isTable)}>
              {isTable ? 'Show as plot' : 'Show as table'}
            </TextButton>
          )}
        </Row>
      </div>
      {canPlot && isTable && <GrowthTable points={growth.points} />}
      {canPlot && !isTable && (
        <div className={classes.plot}>
          <Plot
            label={`Size of each backup in ${span} days: ${said}`}
            points={points}
            band={BAND}
            formatValue={bytes}
            formatDay={day}
          />
        </div>
      )}
    </Block>
  );
}
