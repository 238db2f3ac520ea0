import { Button, Checkbox, Modal, TextInput } from '@mantine/core';
import { IconFolder, IconHistory } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import type { HeldView, PartCountsView, PartPlanView, PartTargetView, PlanParts } from '../../ipc/bindings';
import { pickFolder } from '../../ipc/call';
import { useCommand } from '../../ipc/client';
import { CommandLine } from '../../shared/CommandLine';
import { Counts, type Figure } from '../../shared/Counts';
import { DialogFoot } from '../../shared/DialogFoot';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { bytes, count } from '../../shared/format';
import { Row, Stack, Text } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import { Note } from '../../shared/Panel';
import { RadioRows } from '../../shared/RadioRows';
import { isConfirmed, TypedConfirm } from '../../shared/TypedConfirm';

/** What is to be brought back, of which backup. */
export interface BringBack {
  backup: string;
  shortId: string;
  project: string;
  held: HeldView;
}

type Where = 'folder' | 'place';

const WORDS: Record<string, string> = {
  storage: 'files',
  config: 'configuration',
  redis: 'Redis',
  logs: 'logs',
};

/** A row of large figures; what is none is left out, but for what comes back. */
function Figures({ total, isKeys }: { total: PartCountsView; isKeys: boolean }) {
  const one = isKeys ? 'key' : 'file';
  const figure = (name: string, value: number | null, tone?: 'bad' | 'quiet'): Figure[] =>
    value === null || value === 0
      ? []
      : [{ name, value: count(value), unit: value === 1 ? one : `${one}s`, ...(tone && { tone }) }];
  const changes = [
    ...figure('Add', total.add),
    ...figure('Replace', total.replace, 'bad'),
    ...figure('Delete', total.delete, 'bad'),
  ];
  const stays = [
    ...figure('As in the backup', total.same, 'quiet'),
    ...figure('Not in the backup, stays', total.extra, 'quiet'),
    ...figure('Expired since', total.expired, 'quiet'),
  ];
  const written: Figure[] = [{ name: 'Written', value: bytes(total.bytes), tone: 'quiet' }];
  return (
    <Counts
      groups={[changes, [...stays, ...written]].filter(({ length }) => length > 0)}
      testId="part-counts"
    />
  );
}

function Preview({
  plan,
  typed,
  onType,
}: {
  plan: PartPlanView;
  typed: string;
  onType: (text: string) => void;
}) {
  return (
    <>
      <Figures total={plan.total} isKeys={plan.component === 'redis' && plan.target.kind === 'in_place'} />
      {plan.blockers.map((blocker) => (
        <Note key={blocker} state="danger" title="It cannot be applied." testId="part-blocker">
          <p>{blocker}</p>
        </Note>
      ))}
      {plan.warnings.map((warning) => (
        <Note key={warning} state="warn" title="Worth knowing.">
          <p>{warning}</p>
        </Note>
      ))}
      <ol data-testid="part-steps">
        {plan.steps.map((step, at) => (
          <Text key={step} as="li" size="sm" tone="soft" pad={1}>
            {at + 1}. {step}
          </Text>
        ))}
      </ol>
      <CommandLine command={plan.command} />
      {plan.blockers.length === 0 && (
        <TypedConfirm
          expected={plan.confirm}
          value={typed}
          onChange={onType}
          what="the name of the project"
          testId="confirm-parts"
        />
      )}
    </>
  );
}

/** Brings one part of a backup back: into a folder, or to where it came from. What happens is shown first. */
export function BringBackDialog({ of, onClose }: { of: BringBack; onClose: () => void }) {
  const { held } = of;
  const navigate = useNavigate();
  const [where, setWhere] = useState<Where>('folder');
  const [folder, setFolder] = useState<string | null>(null);
  const [prefix, setPrefix] = useState('');
  const [deletesExtra, setDeletesExtra] = useState(false);
  const [typed, setTyped] = useState('');
  const plan = useCommand('parts_plan');
  const apply = useCommand('parts_apply', {
    onSuccess: ({ jobId }) => void navigate({ to: '/run/$id', params: { id: jobId } }),
  });
  const words = WORDS[held.component] ?? 'files';
  const isRedis = held.component === 'redis';
  const changed = () => {
    plan.reset();
    setTyped('');
  };
  const choose = async () => {
    const chosen = await pickFolder('Where it is to be written');
    if (chosen === null) return;
    changed();
    setFolder(`${chosen.replace(/[/\\]$/, '')}/${of.project} ${held.name} ${of.shortId}`);
  };
  const target: PartTargetView | null =
    where === 'place' ? { kind: 'in_place' } : folder === null ? null : { kind: 'folder', path: folder };
  const request = (to: PartTargetView): PlanParts => ({
    backup: of.backup,
    component: held.component,
    name: held.name,
    prefix: isRedis || prefix === '' ? null : prefix,
    target: to,
    deletesExtra: where === 'place' && !isRedis && deletesExtra,
    noSafetyBecause: null,
  });
  const shown = plan.data;
  const reason = target === null ? 'Choose a folder first.' : null;
  return (
    <Modal
      opened
      onClose={onClose}
      title={`Bring back ${words} “${held.name}” of ${of.project}`}
      size="42rem"
    >
      <Stack gap={5} columns={1}>
        <RadioRows<Where>
          label="Where to"
          name="part-target"
          isFirst
          value={where}
          onChange={(value) => {
            changed();
            setWhere(value);
          }}
          rows={[
            {
              value: 'folder',
              title: 'Into a folder of this computer',
              detail: 'Nothing that is there is touched.',
              testId: 'to-folder',
              fields: (
                <Row gap={3} wraps>
                  <Button
                    leftSection={<IconFolder aria-hidden />}
                    onClick={() => void choose()}
                    data-testid="choose-target"
                  >
                    {folder === null ? 'Choose a folder…' : 'Choose another…'}
                  </Button>
                  {folder !== null && (
                    <Text as="code" size="sm" fills breaks>
                      {folder}
                    </Text>
                  )}
                </Row>
              ),
            },
            {
              value: 'place',
              title: 'To where it came from',
              detail: held.from ?? 'its place',
              testId: 'in-place',
              fields: isRedis ? undefined : (
                <Checkbox
                  label="Delete files that are there and not in the backup"
                  checked={deletesExtra}
                  onChange={(event) => {
                    changed();
                    setDeletesExtra(event.currentTarget.checked);
                  }}
                />
              ),
            },
          ]}
        />
        {!isRedis && (
          <TextInput
            label="Only names that begin with"
            placeholder="all of them"
            value={prefix}
            onChange={(event) => {
              changed();
              setPrefix(event.currentTarget.value);
            }}
            autoComplete="off"
            spellCheck={false}
            data-testid="part-prefix"
          />
        )}
        {plan.error && <ErrorPanel error={plan.error} title="It could not be planned." />}
        {shown && (
          <>
            <Text size="sm" tone="soft">
              As of <Moment ms={shown.atMs} />.
            </Text>
            <Preview plan={shown} typed={typed} onType={setTyped} />
          </>
        )}
        {apply.error && <ErrorPanel error={apply.error} title="Nothing was changed." />}
        <DialogFoot reason={reason}>
          <Button onClick={onClose}>Cancel</Button>
          {shown ? (
            <Button
              variant="filled"
              leftSection={<IconHistory aria-hidden />}
              disabled={shown.blockers.length > 0 || !isConfirmed(shown.confirm, typed)}
              loading={apply.isPending}
              onClick={() => apply.mutate({ planId: shown.id, confirm: typed })}
              data-testid="apply-parts"
            >
              {shown.button}
            </Button>
          ) : (
            <Button
              variant="filled"
              disabled={target === null}
              loading={plan.isPending}
              onClick={() => target && plan.mutate(request(target))}
              data-testid="plan-parts"
            >
              Show what would happen
            </Button>
          )}
        </DialogFoot>
      </Stack>
    </Modal>
  );
}
