import { NativeSelect, TextInput } from '@mantine/core';

import { Row } from '../../shared/Layout';
import { UNITS, type Unit } from './rto';
import { read, type Span } from './draft';
import css from './Goals.module.css';

interface SpanFieldProps {
  label: string;
  description?: string;
  value: Span;
  onChange: (value: Span) => void;
  testId: string;
}

/** A time: a whole number and its unit, under one label. */
export function SpanField({ label, description, value, onChange, testId }: SpanFieldProps) {
  return (
    <Row gap={2} align="end">
      <TextInput
        className={css.number}
        label={label}
        {...(description === undefined ? {} : { description })}
        placeholder="no goal"
        value={value.text}
        onChange={(event) => onChange({ ...value, text: event.currentTarget.value })}
        inputMode="numeric"
        autoComplete="off"
        error={read(value) === 'wrong'}
        data-testid={testId}
      />
      <NativeSelect
        className={css.unit}
        aria-label={`Unit of: ${label}`}
        value={value.unit}
        onChange={(event) => onChange({ ...value, unit: event.currentTarget.value as Unit })}
        data={Object.keys(UNITS)}
        data-testid={`${testId}-unit`}
      />
    </Row>
  );
}
