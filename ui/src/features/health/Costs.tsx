import { Button, NumberInput } from '@mantine/core';
import { useState } from 'react';

import type { HealthView, PriceView } from '../../ipc/bindings';
import { useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Row, Text } from '../../shared/Layout';
import { Section } from '../../shared/PageHeader';
import classes from './Costs.module.css';

const money = (value: number, currency: string) =>
  `${value.toLocaleString('en-GB', { minimumFractionDigits: 2, maximumFractionDigits: 2 })} ${currency}`;

/** What keeping the vault elsewhere would cost: an estimate, by prices that a person can set. */
export function Costs({ health }: { health: HealthView }) {
  const [draft, setDraft] = useState<PriceView[] | null>(null);
  const set = useCommand('health_prices_set', { onSuccess: () => setDraft(null) });
  const { currency } = health.prices;
  if (health.costs.length === 0) return null;
  const edit = (index: number, price: number) =>
    setDraft((known) =>
      (known ?? health.prices.prices).map((one, at) => (at === index ? { ...one, perGbMonth: price } : one)),
    );
  return (
    <Section
      title="What a copy elsewhere would cost"
      aside={
        draft === null ? (
          <Button variant="subtle" onClick={() => setDraft(health.prices.prices)}>
            Set the prices
          </Button>
        ) : (
          <Row as="span" gap={2} align="stretch">
            <Button variant="subtle" onClick={() => set.mutate({ currency: 'USD', prices: [] })}>
              Usual prices
            </Button>
            <Button onClick={() => setDraft(null)}>Cancel</Button>
            <Button
              variant="filled"
              loading={set.isPending}
              onClick={() => set.mutate({ currency, prices: draft })}
            >
              Save the prices
            </Button>
          </Row>
        )
      }
    >
      <Text bottom={3} max={46} tone="quiet" size="sm">
        An estimate: what the vault takes now, and in a year if it grows as in the last month and nothing is
        freed. Requests and traffic come on top. The figures are those of the vault alone: each replica takes
        as much again.
      </Text>
      {set.isError && <ErrorPanel error={set.error} title="The prices were not saved." />}
      <table className={classes.table}>
        <thead>
          <tr>
            <th>Class of storage</th>
            <th className={classes.number}>A GB in a month</th>
            <th className={classes.number}>A month now</th>
            <th className={classes.number}>A month in a year</th>
          </tr>
        </thead>
        <tbody>
          {health.costs.map((cost, index) => (
            <tr key={cost.class}>
              <td>{cost.class}</td>
              <td className={classes.number}>
                {draft === null ? (
                  `${cost.perGbMonth} ${currency}`
                ) : (
                  <NumberInput
                    className={classes.price}
                    size="xs"
                    aria-label={`Price of ${cost.class}`}
                    min={0}
                    decimalScale={6}
                    hideControls
                    value={draft[index]?.perGbMonth ?? 0}
                    onChange={(value) => edit(index, Number(value))}
                  />
                )}
              </td>
              <td className={classes.number}>
                {cost.monthNow === null ? 'not known yet' : money(cost.monthNow, currency)}
              </td>
              <td className={classes.number}>
                {cost.monthInAYear === null ? 'not known yet' : money(cost.monthInAYear, currency)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}
