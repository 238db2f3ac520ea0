import { Button, Menu } from '@mantine/core';
import { IconChevronDown, IconCloudDown } from '@tabler/icons-react';
import { useState } from 'react';
import type { ProjectRow } from '../../ipc/bindings';
import css from './Platform.module.css';
import { PullDialog, type Pulled } from './PullDialog';

/** The acts of a project whose platform backs it up: the newest comes here, or all that are new. Where its database
 * is backed up from here, that is the first act. */
export function PullActs({ row, isSecond = false }: { row: ProjectRow; isSecond?: boolean }) {
  const [asked, setAsked] = useState<Pulled | null>(null);
  const variant = isSecond ? 'default' : 'filled';
  return (
    <>
      <span className={css.split}>
        <Button
          variant={variant}
          leftSection={<IconCloudDown aria-hidden />}
          onClick={() => setAsked({ which: 'newest' })}
          data-testid="pull-newest"
        >
          Pull the newest
        </Button>
        <Menu>
          <Menu.Target>
            <Button variant={variant} aria-label="More to pull" data-testid="pull-more">
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
