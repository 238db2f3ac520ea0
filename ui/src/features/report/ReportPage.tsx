import { Button, Menu, MultiSelect, TextInput } from '@mantine/core';
import { IconChevronRight, IconDownload, IconPrinter } from '@tabler/icons-react';
import { keepPreviousData, useMutation, useQuery } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';

import type { AskReport, ReportForm, ReportSaved } from '../../ipc/bindings';
import { call, pickFolder, pickSaveFile, type CommandError } from '../../ipc/call';
import { commandQuery } from '../../ipc/client';
import { Equivalent } from '../../shared/Equivalent';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { counted } from '../../shared/format';
import { Row } from '../../shared/Layout';
import { LoadingLines } from '../../shared/LoadingLines';
import { Page, PageHeader, Section } from '../../shared/PageHeader';
import { Note } from '../../shared/Panel';
import { Paper } from '../../shared/Paper';
import { Segmented } from '../../shared/Segmented';
import { lastQuarter, lastYear, momentsOf, thisQuarter, type Period } from './period';
import classes from './ReportPage.module.css';

const SPANS = [
  { value: 'last', label: 'Last quarter' },
  { value: 'this', label: 'This quarter' },
  { value: 'year', label: 'Twelve months' },
  { value: 'own', label: 'Other days' },
] as const;
type Span = (typeof SPANS)[number]['value'];
const PERIODS = { last: lastQuarter, this: thisQuarter, year: lastYear } as const;

function useSave(ask: AskReport, period: Period) {
  const save = useMutation<ReportSaved | null, CommandError, ReportForm>({
    mutationKey: ['report_save'],
    mutationFn: async (form) => {
      const path =
        form === 'html'
          ? await pickSaveFile('Save the report', `report-${period.from}-to-${period.to}.html`)
          : await pickFolder('Write the tables of the report into this folder');
      return path === null ? null : call('report_save', { report: ask, form, path });
    },
  });
  return save;
}

/** What an auditor asks for: a period, what was promised in it and what was measured. */
export function ReportPage() {
  const [span, setSpan] = useState<Span>('last');
  const [today] = useState(() => new Date());
  const [own, setOwn] = useState<Period>(() => lastQuarter(today));
  const [projects, setProjects] = useState<string[]>([]);
  const period = span === 'own' ? own : PERIODS[span](today);
  const moments = momentsOf(period);
  const ask: AskReport = { fromMs: moments?.fromMs ?? 0, untilMs: moments?.untilMs ?? 0, projects };
  const known = useQuery(commandQuery('project_list', {})).data ?? [];
  const { data, error, refetch, isPlaceholderData } = useQuery({
    ...commandQuery('report_preview', ask),
    enabled: moments !== null,
    placeholderData: keepPreviousData,
  });
  const save = useSave(ask, period);
  const choose = (next: Span) => {
    if (next === 'own') setOwn(period);
    setSpan(next);
  };
  const chosen = projects.map((id) => known.find((project) => project.id === id)?.name ?? id);
  return (
    <Page>
      <PageHeader
        title="Report for an auditor"
        lead="What was promised of each project in a period, what was measured, and what was not as it should be."
        crumbs={
          <>
            <Link to="/audit">Audit</Link>
            <IconChevronRight size={14} stroke={1.75} aria-hidden />
            <span>Report</span>
          </>
        }
      >
        <Button leftSection={<IconPrinter aria-hidden />} disabled={!data} onClick={() => window.print()}>
          Print…
        </Button>
        <Menu position="bottom-end">
          <Menu.Target>
            <Button
              variant="filled"
              leftSection={<IconDownload aria-hidden />}
              loading={save.isPending}
              disabled={moments === null}
              data-testid="save-report"
            >
              Save…
            </Button>
          </Menu.Target>
          <Menu.Dropdown>
            <Menu.Item onClick={() => save.mutate('html')} data-testid="save-report-html">
              As one page, to print or send
            </Menu.Item>
            <Menu.Item onClick={() => save.mutate('csv')} data-testid="save-report-csv">
              As tables (CSV), into a folder
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </PageHeader>
      <Row gap={3} wraps top={5} data-not-printed>
        <Segmented label="Period" value={span} options={SPANS} onChange={choose} />
        {span === 'own' && (
          <>
            <TextInput
              type="date"
              aria-label="From this day"
              value={own.from}
              onChange={(event) => setOwn({ ...own, from: event.currentTarget.value })}
              data-testid="report-from"
            />
            <TextInput
              type="date"
              aria-label="To this day"
              value={own.to}
              onChange={(event) => setOwn({ ...own, to: event.currentTarget.value })}
              data-testid="report-to"
            />
          </>
        )}
        <MultiSelect
          className={classes.projects}
          aria-label="Projects"
          placeholder={projects.length === 0 ? 'All projects' : undefined}
          data={known.map(({ id, name }) => ({ value: id, label: name }))}
          value={projects}
          onChange={setProjects}
          clearable
          searchable
        />
      </Row>
      <div className={classes.outcome} aria-live="polite" data-not-printed>
        {save.data && (
          <Note state="ok" title={`${counted(save.data.files.length, 'file')} written.`}>
            {save.data.files.length === 1
              ? save.data.files[0]
              : `${save.data.files[0]} and ${counted(save.data.files.length - 1, 'more', 'more')}`}
          </Note>
        )}
        {save.error && <ErrorPanel error={save.error} title="The report was not saved." />}
        {moments === null && <Note state="warn" title="Let the period end after it begins." />}
      </div>
      {error && (
        <ErrorPanel error={error} title="The report could not be made." onRetry={() => void refetch()} />
      )}
      {data && moments !== null && !error ? (
        <div aria-busy={isPlaceholderData} className={isPlaceholderData ? classes.stale : undefined}>
          <Paper paper={data} />
        </div>
      ) : (
        !error && moments !== null && <LoadingLines what="the report" />
      )}
      <div data-not-printed>
        <Section title="The same from the command line">
          <Equivalent
            asked={
              moments === null
                ? null
                : {
                    of: 'report',
                    request: { report: { ...ask, projects: chosen }, form: 'html', path: 'report.html' },
                  }
            }
          />
        </Section>
      </div>
    </Page>
  );
}
