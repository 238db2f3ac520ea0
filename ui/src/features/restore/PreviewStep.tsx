import { Button } from '@mantine/core';
import { IconBulb, IconRefresh } from '@tabler/icons-react';

import type { RestorePlanView } from '../../ipc/bindings';
import { CommandLine } from '../../shared/CommandLine';
import { bytes, counted, LEVEL_WORDS, roughly } from '../../shared/format';
import { KeyValue } from '../../shared/KeyValue';
import { Block, Row, Stack, WithAside } from '../../shared/Layout';
import { Moment } from '../../shared/Moment';
import { Note } from '../../shared/Panel';
import { Remedied } from '../../shared/Remedied';
import { StateIcon } from '../../shared/StateIcon';
import { StepKindIcon } from '../../shared/stepKinds';
import { wallRow } from '../../shared/Wall';
import { Words } from '../../shared/Words';
import { saferWay, type SaferWay } from './draft';
import { PlanCounts } from './PlanCounts';
import { PlanTables } from './PlanTables';
import { besides, countOf, isNew, madeIn, previewSentence } from './planWords';
import classes from './PreviewStep.module.css';
import { Sessions } from './Sessions';
import step from './Step.module.css';

interface PreviewStepProps {
  plan: RestorePlanView;
  isStale: boolean;
  consents: boolean;
  onConsent: (consents: boolean) => void;
  /** Makes the plan afresh, from what is there now. */
  onAgain: () => void;
  /** Changes the plan to the safer one; absent where the plan is an undo. */
  onSafer?: (way: SaferWay) => void;
  /** Changes the plan to one of all rows; absent where the plan is an undo. */
  onAllRows?: () => void;
}

/** Replaces what with what, and what becomes of the old. */
function Lead({ plan }: { plan: RestorePlanView }) {
  const { targetDatabase, beside, strategy, mode } = plan;
  const backup = (
    <>
      the backup of <Moment ms={plan.atMs} />
    </>
  );
  if (strategy === 'drop')
    return (
      <>
        Drops it on <Words text={plan.target} />. {plan.undo}
      </>
    );
  if (strategy === 'swap_back')
    return (
      <>
        Two databases change their names again. What was restored stays as <code>{beside}</code> until you
        discard it.
      </>
    );
  if (isNew(plan))
    return (
      <>
        Creates <b>{targetDatabase}</b> on <Words text={plan.target} /> from {backup} of {plan.project}
        {plan.level ? `, proof: ${LEVEL_WORDS[plan.level].toLowerCase()}` : ', which is not proven yet'}.
      </>
    );
  if (mode === 'beside')
    return (
      <>
        Puts {counted(plan.tables.length, 'table')} from {backup} into the schema <code>{beside}</code> of{' '}
        <b>{targetDatabase}</b>. No table that is there is touched.
      </>
    );
  const made = madeIn(plan);
  if (made > 0 && made === plan.tables.length)
    return (
      <>
        Creates {counted(made, 'table')} in <b>{targetDatabase}</b> from {backup}. One transaction: all of it
        happens, or nothing.
      </>
    );
  if (mode === 'missing_rows')
    return (
      <>
        {made > 0 && <>Creates {counted(made, 'table')}. </>}
        Adds rows whose key is missing to {counted(plan.tables.length - made, 'table')} in{' '}
        <b>{targetDatabase}</b>, from {backup}. Every row that is there stays as it is.
      </>
    );
  if (mode === 'merge')
    return (
      <>
        {made > 0 && <>Creates {counted(made, 'table')}. </>}
        Takes back what was deleted or changed between {backup} and{' '}
        {plan.afterMs == null ? (
          'a later one'
        ) : (
          <>
            the one of <Moment ms={plan.afterMs} />
          </>
        )}
        , in {counted(plan.tables.length - made, 'table')} of <b>{targetDatabase}</b>. What was changed since
        stays.
      </>
    );
  return (
    <>
      Replaces {counted(countOf(plan, 'replace'), 'table')} in <b>{targetDatabase}</b> with {backup}
      {besides(plan)}.{' '}
      {beside ? (
        <>
          The old database stays beside it as <code>{beside}</code>{' '}
          {plan.keepUntilMs === null ? (
            'until you discard it'
          ) : (
            <>
              until <Moment ms={plan.keepUntilMs} />, and is dropped then
            </>
          )}
          .
        </>
      ) : (
        'One transaction: all of it happens, or nothing.'
      )}
    </>
  );
}

function Safer({ way, onTake }: { way: SaferWay; onTake: () => void }) {
  return (
    <div className={classes.safer} data-testid="safer-way">
      <IconBulb size={20} stroke={1.75} aria-hidden />
      <div>
        <b>
          {way.rows === null
            ? 'Missing rows can come back without losing anything.'
            : 'The missing rows can come back without losing anything.'}
        </b>
        <p>
          <Words text={way.words} />
        </p>
      </div>
      <Button onClick={onTake} data-testid="take-safer">
        {way.rows === null
          ? 'Bring back only the missing rows'
          : `Bring back only ${counted(way.rows, 'row')}`}
      </Button>
    </div>
  );
}

/** What an ordinary role may do, where this plan is forbidden to it. */
function Instead({ onTake }: { onTake: () => void }) {
  return (
    <div className={classes.safer} data-testid="instead">
      <IconBulb size={20} stroke={1.75} aria-hidden />
      <div>
        <b>All rows that its role may write can come back into the tables that are there.</b>
        <p>
          Tables, functions and rights stay as they are. Each table that cannot be filled is named, with the
          reason.
        </p>
      </div>
      <Button onClick={onTake} data-testid="take-instead">
        Plan it with all rows
      </Button>
    </div>
  );
}

/** Tables of the backup that stay as they are. */
function LeftOut({ plan }: { plan: RestorePlanView }) {
  if (plan.leftOut.length === 0) return null;
  return (
    <Block top={5}>
      <Note
        state="plain"
        title={`${counted(plan.leftOut.length, 'table')} of the backup ${plan.leftOut.length === 1 ? 'stays as it is' : 'stay as they are'}.`}
        testId="left-out"
      >
        <details className={classes.left}>
          <summary>Which, and why</summary>
          <ul className={classes.list}>
            {plan.leftOut.map(({ schema, name, why }) => (
              <li key={`${schema}.${name}`}>
                <code>
                  {schema}.{name}
                </code>
                : {why}
              </li>
            ))}
          </ul>
        </details>
      </Note>
    </Block>
  );
}

function Again({ onAgain }: { onAgain: () => void }) {
  return (
    <Button size="xs" leftSection={<IconRefresh aria-hidden />} onClick={onAgain}>
      Look again
    </Button>
  );
}

/** What keeps the plan from being applied. */
function Hindrances({ plan, isStale, onAgain }: Pick<PreviewStepProps, 'plan' | 'isStale' | 'onAgain'>) {
  if (!isStale && plan.blockers.length === 0) return null;
  return (
    <Stack gap={3} top={5} bottom={5}>
      {isStale && (
        <Note state="warn" title="The plan is out of date." testId="plan-stale">
          What it saw may have changed since. Look again to go on.
        </Note>
      )}
      {plan.blockers.length > 0 && (
        <Note
          state="danger"
          title={
            plan.blockers.length === 1 ? 'One thing forbids it.' : `${plan.blockers.length} things forbid it.`
          }
          testId="plan-blockers"
          acts={!isStale && <Again onAgain={onAgain} />}
        >
          <Remedied sentences={plan.blockers} remedies={plan.remedies} />
        </Note>
      )}
    </Stack>
  );
}

function Warnings({ plan }: { plan: RestorePlanView }) {
  if (plan.warnings.length === 0 && plan.rightsLost.length === 0 && plan.safety.kind !== 'declined')
    return null;
  return (
    <Stack gap={3} top={5} bottom={5}>
      {plan.safety.kind === 'declined' && (
        <Note state="warn" title="No safety backup is made first." testId="no-safety">
          Because: {plan.safety.reason}
        </Note>
      )}
      {plan.warnings.length > 0 && (
        <Note state="warn" title="To consider">
          <Sentences of={plan.warnings} />
        </Note>
      )}
      {plan.rightsLost.length > 0 && (
        <Note
          state="warn"
          title={`${counted(plan.rightsLostCount, 'owner or right', 'owners and rights')} will not be as ${plan.rightsLostCount === 1 ? 'it was' : 'they were'}`}
        >
          <Sentences of={plan.rightsLost} />
        </Note>
      )}
    </Stack>
  );
}

function Sentences({ of }: { of: readonly string[] }) {
  return (
    <ul className={classes.list}>
      {of.map((one) => (
        <li key={one}>
          <Words text={one} />
        </li>
      ))}
    </ul>
  );
}

/** The server's identifier, where its words do not say it already. */
function serverNote({ server, systemIdentifier }: NonNullable<RestorePlanView['identity']>) {
  if (systemIdentifier === null) return 'its identifier may not be read';
  return server.includes(systemIdentifier) ? undefined : (
    <>
      system <code>{systemIdentifier}</code>
    </>
  );
}

function Target({ plan }: { plan: RestorePlanView }) {
  const { identity } = plan;
  const space = plan.neededBytes
    ? [
        {
          name: 'Space',
          value: `${bytes(plan.neededBytes)} needed`,
          note:
            plan.freeBytes === null ? 'what is free there cannot be known' : `${bytes(plan.freeBytes)} free`,
        },
      ]
    : [];
  const kept = {
    name: 'Leaves alone',
    value: plan.keptDatabases.length === 0 ? 'there is no other database' : plan.keptDatabases.join(', '),
  };
  const undo = { name: 'Undo', value: <Words text={plan.undo} /> };
  const time = plan.estimate
    ? [{ name: 'Time', value: `about ${roughly(plan.estimate.ms)}`, note: plan.estimate.basis }]
    : [];
  if (identity === null)
    return (
      <KeyValue
        rows={[
          { name: 'Where', value: <Words text={plan.target} />, note: plan.targetLabel ?? undefined },
          { name: plan.strategy === 'drop' ? 'Drops' : 'Creates', value: <code>{plan.targetDatabase}</code> },
          ...wallRow(plan.wall),
          ...(plan.strategy === 'drop' ? [] : [kept]),
          ...space,
          ...time,
          undo,
        ]}
      />
    );
  return (
    <KeyValue
      rows={[
        { name: 'Server', value: <Words text={identity.server} />, note: serverNote(identity) },
        {
          name: 'Database',
          value: <code>{identity.database}</code>,
          note: [plan.targetLabel, `owner ${identity.owner}`, `number ${identity.oid}`]
            .filter(Boolean)
            .join(', '),
        },
        { name: 'Size', value: bytes(identity.sizeBytes), note: counted(identity.tableCount, 'table') },
        {
          name: 'Connected',
          value:
            identity.connections.length === 0
              ? 'nobody else'
              : counted(identity.connections.length, 'session'),
        },
        kept,
        ...space,
        ...time,
        undo,
      ]}
    />
  );
}

/** The plan word for word: what would be lost, what comes back, who the target is, in what order. */
export function PreviewStep({
  plan,
  isStale,
  consents,
  onConsent,
  onAgain,
  onSafer,
  onAllRows,
}: PreviewStepProps) {
  const isBlocked = plan.blockers.length > 0;
  const isLoss = plan.rowsLost > 0 || plan.strategy === 'drop';
  const way = isBlocked ? null : saferWay(plan);
  return (
    <div className={step.wide}>
      <Row as="h1" gap={2.5} breaks>
        {(isBlocked || isLoss) && (
          <StateIcon state={isBlocked || plan.strategy !== 'swap_back' ? 'danger' : 'warn'} size={24} />
        )}
        <span>{previewSentence(plan)}</span>
      </Row>
      <p className={step.lead}>
        <Lead plan={plan} />
      </p>
      {!isBlocked && <PlanCounts plan={plan} />}
      <Hindrances plan={plan} isStale={isStale} onAgain={onAgain} />
      {way && onSafer && <Safer way={way} onTake={() => onSafer(way)} />}
      {plan.instead !== null && onAllRows && <Instead onTake={onAllRows} />}
      <PlanTables plan={plan} />
      <LeftOut plan={plan} />
      <Warnings plan={plan} />
      <Sessions plan={plan} consents={consents} onConsent={onConsent}>
        <Again onAgain={onAgain} />
      </Sessions>
      <WithAside width={19} gap={10} narrow={5} head={2.5} top={6}>
        <section>
          <h2>What happens, in order</h2>
          <ol className={classes.steps}>
            {plan.steps.map((one, place) => {
              const own = plan.recoverySteps.find(({ at }) => at === place);
              return (
                <li key={place} data-own={own !== undefined || undefined}>
                  <span>
                    {own && <StepKindIcon kind={own.kind} />}
                    <Words text={one} />
                  </span>
                </li>
              );
            })}
          </ol>
        </section>
        <aside>
          <h2>The target</h2>
          <Target plan={plan} />
        </aside>
      </WithAside>
      <Block top={6}>
        <CommandLine command={plan.command} />
      </Block>
    </div>
  );
}
