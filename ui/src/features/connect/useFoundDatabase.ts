import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import type { ConnectionView, DatabaseAddressesView, PlatformFormView } from '../../ipc/bindings';
import { call, type CommandError } from '../../ipc/call';
import { EMPTY, withConnection, type Form } from './form';
import { credentialsOf, settingsOf, testedOf, type PlatformDraft } from './platformForm';
import { useLadder } from './useLadder';

const isSamePlace = (form: Form, { host, port, user }: ConnectionView) =>
  form.host === host && form.port === String(port) && form.user === user;

/** The database of a project on a platform, at the address that the platform names: its password alone is typed. */
export function useFoundDatabase(form: PlatformFormView, draft: PlatformDraft) {
  const [of, setOf] = useState('');
  const [database, setDatabase] = useState<Form>({ ...EMPTY, isNameTyped: true });
  const climb = useLadder(database, null);
  // A password that was typed for one address is not kept for another one.
  const choose = (connection: ConnectionView) =>
    setDatabase((now) =>
      isSamePlace(now, connection) ? now : withConnection({ ...EMPTY, isNameTyped: true }, connection),
    );
  // The request holds credentials.
  const find = useMutation<DatabaseAddressesView, CommandError>({
    gcTime: 0,
    mutationFn: () =>
      call('platform_database', {
        platform: settingsOf(form, draft),
        credentials: credentialsOf(draft),
        project: null,
      }),
    onMutate: () => setOf(testedOf(form, draft)),
    onSuccess: ({ sessionPooler, direct }) => {
      const first = sessionPooler ?? direct;
      // Asked again, the address that was chosen of both stays, with the password that was typed for it.
      const isChosen = [sessionPooler, direct].some((one) => one !== null && isSamePlace(database, one));
      if (first !== null && !isChosen) choose(first);
    },
  });
  // What was found for another project or account is nothing to this one.
  const isStale = of !== testedOf(form, draft);
  return {
    find: () => find.mutate(),
    isFinding: find.isPending,
    error: isStale ? null : find.error,
    addresses: isStale || find.isPending ? null : (find.data ?? null),
    database,
    choose,
    setPassword: (password: string) => setDatabase((now) => ({ ...now, password })),
    /** Another address that the test proposes, with the same password. */
    use: (connection: ConnectionView) => {
      const next = withConnection(database, connection);
      setDatabase(next);
      climb.test(next);
    },
    climb,
    passed: !isStale && climb.ladder?.passed === true,
  };
}
