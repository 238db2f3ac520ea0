import { Tooltip } from '@mantine/core';
import {
  IconArchive,
  IconChevronLeft,
  IconFileImport,
  IconHeartbeat,
  IconHome,
  IconListDetails,
  IconSettings,
  IconShieldCheck,
  IconShieldLock,
} from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, Outlet, useLocation } from '@tanstack/react-router';
import { useEffect, useRef, type ReactNode } from 'react';
import { BrandMark } from '../shared/BrandMark';
import { count } from '../shared/format';
import { VaultLine } from '../shared/VaultLine';
import css from './AppFrame.module.css';
import { appStateQuery, homeQuery } from './queries';
import { SideProjects } from './SideProjects';

/** The sidebar and the screen beside it. Under 1024 px the sidebar is a rail of icons. */
export function AppFrame() {
  const vault = useQuery(appStateQuery()).data?.vault;
  const home = useQuery({ ...homeQuery(), enabled: vault !== null }).data;
  const main = useRef<HTMLElement>(null);
  const { pathname, hash } = useLocation();
  useEffect(() => {
    // An address with a part in it leads there by itself.
    if (hash === '') main.current?.scrollTo(0, 0);
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- another path is what it is about
  }, [pathname, hash]);
  const running = home?.running ?? 0;
  // Before there is a vault, a file can be looked at and nothing else: the other places lead nowhere yet.
  if (vault === null)
    return (
      <div className={css.alone}>
        <Link to="/welcome" className={css.back} data-testid="back-to-start">
          <IconChevronLeft size={16} stroke={1.75} aria-hidden />
          Back to the start
        </Link>
        <main className={css.main} id="main" ref={main} tabIndex={-1}>
          <Outlet />
        </main>
      </div>
    );
  return (
    <div className={css.app}>
      <a
        className={css.skip}
        href="#main"
        onClick={(event) => {
          event.preventDefault();
          main.current?.focus();
        }}
      >
        Skip to the screen
      </a>
      <nav className={css.side} aria-label="Main">
        <div className={css.brand}>
          <BrandMark />
          <span>Holdfast</span>
        </div>
        <div className={css.nav}>
          <Place to="/" name="Home" icon={<IconHome stroke={1.75} aria-hidden />} />
          <Place
            to="/activity"
            name="Activity"
            icon={<IconListDetails stroke={1.75} aria-hidden />}
            aside={running > 0 ? `${count(running)} running` : undefined}
          />
          <Place to="/health" name="Health" icon={<IconHeartbeat stroke={1.75} aria-hidden />} />
          <Place to="/backups" name="Backups" icon={<IconArchive stroke={1.75} aria-hidden />} />
          <Place to="/drills" name="Drills" icon={<IconShieldCheck stroke={1.75} aria-hidden />} />
          <Place to="/audit" name="Audit" icon={<IconShieldLock stroke={1.75} aria-hidden />} />
        </div>
        <SideProjects projects={home?.projects ?? []} />
        <div className={`${css.nav} ${css.push}`}>
          <Place
            to="/import"
            name="Open a backup file"
            testId="nav-import"
            icon={<IconFileImport stroke={1.75} aria-hidden />}
          />
          <Place to="/settings" name="Settings" icon={<IconSettings stroke={1.75} aria-hidden />} />
        </div>
        {vault && (
          <div className={css.vault}>
            <VaultLine vault={vault} />
          </div>
        )}
      </nav>
      <main className={css.main} id="main" ref={main} tabIndex={-1}>
        <Outlet />
      </main>
    </div>
  );
}

type PlaceProps = {
  to: '/' | '/activity' | '/backups' | '/health' | '/audit' | '/drills' | '/import' | '/settings';
  name: string;
  icon: ReactNode;
  aside?: string;
  testId?: string;
};

function Place({ to, name, icon, aside, testId }: PlaceProps) {
  return (
    <Tooltip label={name} position="right" classNames={{ tooltip: css.railTip }}>
      <Link
        to={to}
        className={css.place}
        activeOptions={{ exact: true, includeSearch: false }}
        data-testid={testId ?? `nav-${name.toLowerCase()}`}
      >
        {icon}
        <span className={css.name}>{name}</span>
        {aside !== undefined && <span className={css.age}>{aside}</span>}
      </Link>
    </Tooltip>
  );
}
