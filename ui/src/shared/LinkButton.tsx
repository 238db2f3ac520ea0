import { Button } from '@mantine/core';
import { createLink } from '@tanstack/react-router';

/** A place to go to that looks like a button. */
export const LinkButton = createLink(Button<'a'>);
