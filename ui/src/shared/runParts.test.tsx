import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { useState } from 'react';
import { describe, expect, test, vi } from 'vitest';

import type { PhaseView } from '../ipc/bindings';
import { log, runningJob } from '../ipc/mock/runs';
import { LogView } from './LogView';
import { logTextOf } from './logText';
import { figureOf, paceOf, RunPhases } from './RunPhases';
import { Segmented } from './Segmented';
import { TypedConfirm } from './TypedConfirm';
import { Words } from './Words';

const phase = (given: Partial<PhaseView>): PhaseView => ({
  id: 'dump',
  title: 'Dump',
  sentence: '',
  state: 'running',
  bytes: 0,
  bytesTotal: null,
  rows: 0,
  startedAtMs: 0,
  elapsedMs: null,
  ...given,
});

describe('phases of a run', () => {
  test('the_unit_is_said_once_when_it_is_the_same', () => {
    expect(figureOf(phase({ bytes: 4_310_000_000, bytesTotal: 9_230_000_000 }))).toBe('4.31 of 9.23 GB');
    expect(figureOf(phase({ bytes: 41_000_000, bytesTotal: 9_230_000_000 }))).toBe('41 MB of 9.23 GB');
  });
  test('a_phase_that_waits_has_no_pace', () => {
    expect(paceOf(phase({ state: 'waits' }), 48_000_000)).toBe('');
  });
  test('the_present_rate_is_that_of_the_running_phase_only', () => {
    expect(paceOf(phase({ bytes: 1_000, elapsedMs: 4000 }), 48_000_000)).toBe('4.0 s, 48 MB/s');
    expect(paceOf(phase({ state: 'done', bytes: 40_000_000, elapsedMs: 4000 }), 48_000_000)).toBe(
      '4.0 s, 10 MB/s',
    );
  });
  test('only_the_phase_that_goes_on_has_a_bar', () => {
    render(<RunPhases phases={runningJob.phases} bytesPerSecond={48_000_000} />);
    expect(screen.getAllByRole('progressbar')).toHaveLength(1);
    expect(screen.getByRole('progressbar', { name: 'Dump' }).getAttribute('aria-valuenow')).toBe('46');
  });
});

describe('log of a run', () => {
  test('a_level_is_chosen_and_asked_for', async () => {
    const onLevel = vi.fn();
    render(
      <MantineProvider>
        <LogView
          lines={log}
          level="info"
          onLevel={onLevel}
          counts={{ all: 214, warnings: 3, errors: 1 }}
          isLive={false}
        />
      </MantineProvider>,
    );
    await userEvent.click(screen.getByRole('radio', { name: 'Warnings 3' }));
    expect(onLevel).toHaveBeenCalledWith('warning');
  });
  test('the_text_of_the_log_holds_every_line_in_utc', () => {
    const text = logTextOf(log.slice(0, 2));
    expect(text.split('\n')).toHaveLength(2);
    expect(text).toMatch(/^\d{4}-\d\d-\d\dT.*Z {2}info/);
  });
});

describe('small parts', () => {
  test('arrow_keys_move_a_choice_and_wrap_around', async () => {
    function Choice() {
      const [value, setValue] = useState<'a' | 'b'>('b');
      return (
        <Segmented
          label="Choice"
          value={value}
          onChange={setValue}
          options={[
            { value: 'a', label: 'A' },
            { value: 'b', label: 'B' },
          ]}
        />
      );
    }
    render(<Choice />);
    screen.getByRole('radio', { name: 'B' }).focus();
    await userEvent.keyboard('{ArrowRight}');
    expect(screen.getByRole('radio', { name: 'A' }).getAttribute('aria-checked')).toBe('true');
  });
  test('a_wrong_name_is_said_and_enter_does_nothing', async () => {
    const onSubmit = vi.fn();
    function Form() {
      const [value, setValue] = useState('');
      return (
        <form onSubmit={onSubmit}>
          <TypedConfirm expected="shop_restored" what="the name" value={value} onChange={setValue} />
        </form>
      );
    }
    render(<Form />);
    await userEvent.type(screen.getByRole('textbox'), 'shop_x{Enter}');
    expect(screen.getByText('That is not shop_restored.')).toBeTruthy();
    expect(onSubmit).not.toHaveBeenCalled();
  });
  test('exact_names_in_a_sentence_are_set_as_code', () => {
    const { container } = render(
      <Words text="From shop at db.shop.example:5432 into /media/ssd/Anchor with pg_dump 15.10." />,
    );
    expect([...container.querySelectorAll('code')].map((code) => code.textContent)).toEqual([
      'db.shop.example:5432',
      '/media/ssd/Anchor',
      'pg_dump',
    ]);
  });
});
