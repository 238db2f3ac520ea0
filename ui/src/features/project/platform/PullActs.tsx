import { Button, Menu } from '@mantine/core';
import { IconChevronDown, IconCloudDown } from '@tabler/icons-react';
import { useState } from 'react';
import type { ProjectRow } from '../../../ipc/bindings';
import css from './Platform.module.css';
import { PullDialog, type Pulled } from './PullDialog';

/** The acts of a project whose platform backs it up: the newest comes here, or all that are new. */
export function PullActs({ row }: { row: ProjectRow }) {
  const [asked, setAsked] = useState<Pulled | null>(null);
  return (
    <>
      <span className={css.split}>
        <Button variant="filled" leftSection={<IconCloudDown aria-hidden />} onClick={() => setAsked({ which: 'newest' })} data-testid="pull-newest">
          Pull the newest
        </Button>
        <Menu>
          <Menu.Target>
            <Button variant="filled" aria-label="More to pull" data-testid="pull-more">
              <IconChevronDown aria-hidden />
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => setAsked({ which: 'all' })} data-testid="pull-all">
              Pull all that are new
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </span>
      {asked !== null && <PullDialog project={row} pulled={asked} onClose={() => setAsked(null)} />}
    </>
  );
}
