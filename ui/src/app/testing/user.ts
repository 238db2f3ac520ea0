import userEvent from '@testing-library/user-event';

/** Someone at the keyboard who does not pause between keys: the tests are about what follows. */
export const user = userEvent.setup({ delay: null });
