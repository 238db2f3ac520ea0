import { Button } from '@mantine/core';
import { IconFolderPlus } from '@tabler/icons-react';
import { useMutation, useQuery } from '@tanstack/react-query';

import type { SettingsView } from '../../ipc/bindings';
import { pickFolder } from '../../ipc/call';
import { useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { LoadingLines } from '../../shared/LoadingLines';
import { StateIcon } from '../../shared/StateIcon';
import { Acts, After, Part } from './Part';
import classes from './Part.module.css';
import { toolsQuery } from './queries';

/** Without these a backup, or a restore on this computer, cannot be made. */
const NEEDED = ['pg_dump', 'pg_restore'];

/** The client tools of Postgres that were found, and further places to look. */
export function ToolsPart({ settings }: { settings: SettingsView }) {
  const tools = useQuery(toolsQuery());
  const set = useCommand('settings_set');
  const change = (toolDirectories: string[]) => set.mutateAsync({ ...settings, toolDirectories });
  const add = useMutation({
    mutationFn: async () => {
      const folder = await pickFolder('A folder with Postgres client tools');
      if (folder !== null && !settings.toolDirectories.includes(folder))
        await change([...settings.toolDirectories, folder]);
    },
  });
  const newest = Math.max(0, ...(tools.data ?? []).map((tool) => tool.major));

  return (
    <Part
      id="tools"
      title="Postgres tools"
      hint="A server is dumped with the tools of its own major version, else of the next newer one."
    >
      {tools.error && <ErrorPanel error={tools.error} onRetry={() => void tools.refetch()} />}
      {tools.isPending && <LoadingLines what="the tools" />}
      {tools.data?.length === 0 && (
        <p className={classes.quiet}>
          No Postgres tools were found. Install the client tools, or add the folder that holds them.
        </p>
      )}
      <ul className={classes.list}>
        {tools.data?.map((tool) => {
          const isWhole = NEEDED.every((name) => tool.tools.includes(name));
          return (
            <li key={tool.directory} className={classes.item}>
              <StateIcon
                state={isWhole ? 'ok' : 'warn'}
                size={18}
                label={isWhole ? 'complete' : 'incomplete'}
              />
              <div className={classes.itemWords}>
                <b>
                  Postgres {tool.version}
                  {tool.major === newest && tools.data.length > 1 ? ', the newest' : ''}
                </b>
                <span>
                  <code>{tool.directory}</code>: {tool.tools.join(', ')}
                </span>
              </div>
            </li>
          );
        })}
        {settings.toolDirectories.map((directory) => (
          <li key={directory} className={classes.item}>
            <StateIcon state="idle" size={18} />
            <div className={classes.itemWords}>
              <b>
                <code>{directory}</code>
              </b>
              <span>is looked at before all others</span>
            </div>
            <Button
              size="xs"
              variant="subtle"
              onClick={() => void change(settings.toolDirectories.filter((known) => known !== directory))}
              aria-label={`Remove ${directory}`}
            >
              Remove
            </Button>
          </li>
        ))}
      </ul>
      <Acts>
        <Button
          leftSection={<IconFolderPlus aria-hidden />}
          loading={add.isPending}
          onClick={() => add.mutate()}
          data-testid="add-tool-directory"
        >
          Look in another folder…
        </Button>
      </Acts>
      {(set.error ?? add.error) && (
        <After>
          <ErrorPanel error={set.error ?? add.error} title="The folders could not be changed." />
        </After>
      )}
    </Part>
  );
}
