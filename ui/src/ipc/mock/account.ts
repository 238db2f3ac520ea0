import type { AccountProjectView, AddedProjectView, DatabaseAddressesView } from '../bindings';

/** Projects of an account; one of them is here already. */
export const accountProjects: AccountProjectView[] = [
  {
    reference: 'abcdefghijklmnopqrst',
    name: 'Bookings',
    status: 'ACTIVE_HEALTHY',
    region: 'eu-central-1',
    serverVersion: '15.8',
    hereId: null,
    hereName: null,
  },
  {
    reference: 'bcdefghijklmnopqrstu',
    name: 'Shop',
    status: 'ACTIVE_HEALTHY',
    region: 'eu-west-2',
    serverVersion: '17.4',
    hereId: 'p-shop-prod',
    hereName: 'shop-prod',
  },
  {
    reference: 'cdefghijklmnopqrstuv',
    name: 'Old bookings',
    status: 'INACTIVE',
    region: 'us-east-1',
    serverVersion: '14.1',
    hereId: null,
    hereName: null,
  },
];

/** Where the database of one is, as the platform says. */
export const databaseAddresses: DatabaseAddressesView = {
  sessionPooler: {
    host: 'aws-0-eu-central-1.pooler.supabase.com',
    port: 5432,
    database: 'postgres',
    user: 'postgres.abcdefghijklmnopqrst',
    tls: 'require',
    rootCertificate: null,
    ssh: null,
    container: null,
  },
  direct: {
    host: 'db.abcdefghijklmnopqrst.supabase.co',
    port: 5432,
    database: 'postgres',
    user: 'postgres',
    tls: 'require',
    rootCertificate: null,
    ssh: null,
    container: null,
  },
  notes: ['The server itself answers on IPv6 alone, unless the project has the IPv4 add-on.'],
};

export const addedProjects = (references: readonly string[]): AddedProjectView[] =>
  references.map((reference) => ({
    reference,
    id: `p-${reference.slice(0, 4)}`,
    name: accountProjects.find((one) => one.reference === reference)?.name ?? null,
    problem: null,
  }));
