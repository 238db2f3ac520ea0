import { Button, type ButtonProps } from '@mantine/core';
import { IconFileImport } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { pickFiles, type CommandError } from '../ipc/call';
import { ErrorPanel } from './ErrorPanel';

type Props = {
  children: ReactNode;
  variant?: ButtonProps['variant'];
  size?: ButtonProps['size'];
  onPicked?: (paths: string[]) => void;
};

/** The system's dialog for backup files; what was chosen is looked at. */
export function OpenFileButton({ children, onPicked, ...look }: Props) {
  const navigate = useNavigate();
  const open = (paths: string[]) =>
    onPicked ? onPicked(paths) : void navigate({ to: '/import', search: { paths } });
  const pick = useMutation<string[], CommandError>({
    mutationFn: () => pickFiles('Backup files'),
    onSuccess: (paths) => {
      if (paths.length > 0) open(paths);
    },
  });
  return (
    <>
      <Button
        leftSection={<IconFileImport aria-hidden />}
        loading={pick.isPending}
        onClick={() => pick.mutate()}
        data-testid="open-file"
        {...look}
      >
        {children}
      </Button>
      {pick.error && <ErrorPanel error={pick.error} title="The dialog could not be opened." />}
    </>
  );
}
