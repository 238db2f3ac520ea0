import { Button } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { Page, PageHeader } from '../shared/PageHeader';

/** A place that does not exist. */
export function LostPage() {
  const navigate = useNavigate();
  return (
    <Page width="read">
      <PageHeader title="There is no such place." lead="What was here may have been removed." />
      <Button mt="lg" variant="filled" onClick={() => void navigate({ to: '/' })}>
        Go home
      </Button>
    </Page>
  );
}
