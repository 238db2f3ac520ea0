import { render, screen } from '@testing-library/react';
import { describe, expect, test } from 'vitest';

import { Row, Stack, Text } from './Layout';

describe('parts of a page', () => {
  test('are_the_element_that_is_asked_for_and_pass_on_what_they_do_not_know', () => {
    render(
      <Text as="span" tone="quiet" id="said" data-testid="said">
        three backups
      </Text>,
    );
    const said = screen.getByTestId('said');
    expect([said.tagName, said.id, said.textContent]).toEqual(['SPAN', 'said', 'three backups']);
    expect(said.getAttribute('tone')).toBeNull();
  });

  test('count_lengths_in_steps_of_four_pixels_of_rows_and_of_columns', () => {
    render(
      <Row gap={[1, 2.5]} top={3} data-testid="row">
        <Stack gap={4} columns={2} data-testid="stack" />
      </Row>,
    );
    const lengths = (id: string, name: string) => screen.getByTestId(id).style.getPropertyValue(name);
    expect(lengths('row', '--part-gap')).toBe('0.25rem 0.625rem');
    expect(lengths('row', '--part-top')).toBe('0.75rem');
    expect(lengths('stack', '--part-columns')).toBe('repeat(2, minmax(0, 1fr))');
    // A length of the outer one, which would be inherited, is not that of the inner one.
    expect(lengths('stack', '--part-gap')).toBe('1rem');
  });
});
