import { Button, Menu } from '@mantine/core';
import { IconDownload, IconFileText, IconShieldCheck } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';

import type { AuditExported, AuditFormat, AuditVerdict } from '../../ipc/bindings';
import { call, pickSaveFile, type CommandError } from '../../ipc/call';
import { useCommand } from '../../ipc/client';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { counted } from '../../shared/format';
import { LinkButton } from '../../shared/LinkButton';
import { Note } from '../../shared/Panel';
import { Verdict } from '../../shared/Verdict';
import classes from './AuditPage.module.css';

const NAMES: Record<AuditFormat, string> = { json_lines: 'holdfast-audit.jsonl', csv: 'holdfast-audit.csv' };

/** What can be done with the whole log: verify it, and take it elsewhere. */
export function useChain() {
  const verify = useCommand('audit_verify');
  const save = useMutation<AuditExported | null, CommandError, AuditFormat>({
    mutationFn: async (format) => {
      const path = await pickSaveFile('Export the audit log', NAMES[format]);
      return path === null ? null : call('audit_export', { path, format });
    },
  });
  return { verify, save };
}

type Chain = ReturnType<typeof useChain>;

export function ChainActs({ verify, save }: Chain) {
  return (
    <>
      <LinkButton to="/audit/report" leftSection={<IconFileText aria-hidden />} data-testid="open-report">
        Report…
      </LinkButton>
      <Menu position="bottom-end">
        <Menu.Target>
          <Button
            leftSection={<IconDownload aria-hidden />}
            loading={save.isPending}
            data-testid="audit-export"
          >
            Export…
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={() => save.mutate('json_lines')}>
            JSON Lines, to be verified elsewhere
          </Menu.Item>
          <Menu.Item onClick={() => save.mutate('csv')}>CSV, for a spreadsheet</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Button
        variant="filled"
        leftSection={<IconShieldCheck aria-hidden />}
        loading={verify.isPending}
        onClick={() => verify.mutate({ withBackups: true })}
        data-testid="audit-verify"
      >
        Verify the chain
      </Button>
    </>
  );
}

function ChainVerdict({ verdict }: { verdict: AuditVerdict }) {
  const word = verdict.isWhole ? (verdict.notCompared === null ? 'Pass.' : 'Inconclusive.') : 'Fail.';
  const tone = verdict.isWhole ? (verdict.notCompared === null ? 'ok' : 'inconclusive') : 'danger';
  return (
    <Verdict tone={tone} title={`${word} ${verdict.sentence}`} testId="audit-verdict">
      {verdict.isWhole && verdict.lastHash && (
        <p>
          Last hash <code className={classes.code}>{verdict.lastHash}</code>. Note it down elsewhere, and
          compare it at the next audit.
        </p>
      )}
      {!verdict.isWhole && (
        <p>
          Keep a copy of the profile’s folder and of your last export before anything else is done; then
          compare the two.
        </p>
      )}
    </Verdict>
  );
}

/** What came of the acts above. */
export function ChainOutcome({ verify, save }: Chain) {
  return (
    <div className={classes.outcome} aria-live="polite">
      {verify.data && <ChainVerdict verdict={verify.data} />}
      {verify.error && (
        <ErrorPanel
          error={verify.error}
          title="The chain could not be read."
          onRetry={() => verify.mutate({ withBackups: true })}
        />
      )}
      {save.data && (
        <Note state="ok" title={`${counted(save.data.entries, 'entry', 'entries')} exported.`}>
          To {save.data.path}
        </Note>
      )}
      {save.error && <ErrorPanel error={save.error} title="The log was not exported." />}
    </div>
  );
}
