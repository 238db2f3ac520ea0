import { Button, Checkbox, Modal, TextInput } from '@mantine/core';
import { IconFolder, IconHistory } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';

import type { HeldView, PartTargetView, PlanParts } from '../../ipc/bindings';
import { pickFolder } from '../../ipc/call';
import { useCommand } from '../../ipc/client';
import { DialogFoot } from '../../shared/DialogFoot';
import { ErrorPanel } from '../../shared/ErrorPanel';
import { Row, Stack, Text } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import { PartPlan } from '../../shared/PartPlan';
import { RadioRows } from '../../shared/RadioRows';
import { isConfirmed } from '../../shared/TypedConfirm';

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

/** Brings one part of a backup back: into a folder, or to where it came from. What happens is shown first. */
export function BringBackDialog({ of, onClose }: { of: BringBack; onClose: () => void }) {
  const { held } = of;
  const navigate = useNavigate();
  const [where, setWhere] = useState<Where>('folder');
  const [folder, setFolder] = useState<string | null>(null);
  const [prefix, setPrefix] = useState('');
  const [days, setDays] = useState({ from: '', until: '' });
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
    from: days.from.trim() || null,
    until: days.until.trim() || null,
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
        {held.component === 'logs' && (
          <Stack gap={3} columns="minmax(0, 1fr) minmax(0, 1fr)" align="start">
            {(['from', 'until'] as const).map((end) => (
              <TextInput
                key={end}
                label={end === 'from' ? 'From this day' : 'To this day'}
                placeholder={end === 'from' ? 'the first one' : 'the last one'}
                description={end === 'from' ? 'as 2026-11-01' : 'included'}
                inputWrapperOrder={['label', 'input', 'description', 'error']}
                value={days[end]}
                onChange={(event) => {
                  changed();
                  setDays({ ...days, [end]: event.currentTarget.value });
                }}
                autoComplete="off"
                spellCheck={false}
                data-testid={`part-${end}`}
              />
            ))}
          </Stack>
        )}
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
            <PartPlan plan={shown} typed={typed} onType={setTyped} />
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
