import type { CleanCheckView, PaperView, RecoveryPlanView } from '../bindings';
import { NOW } from './projects';

const DAY = 86_400_000;

/** The document, as the engine writes it. */
export const planPaper: PaperView = {
  kind: 'Recovery plan',
  title: 'shop-prod',
  asOf: 'As of 22 Nov 2026 08:15 CET. Stale after 22 Dec 2026 08:15 CET: look at Holdfast, or export it again.',
  headline: 'shop-prod can be recovered as it was on 22 Nov 2026 08:10 CET.',
  tone: 'warn',
  summary: 'No restore has shown yet that it comes back: holdfast drill run shop-prod',
  sections: [
    {
      id: 'glance',
      title: 'At a glance',
      blocks: [
        {
          kind: 'facts',
          facts: [
            { name: 'Project', value: 'shop-prod (production)', tone: 'plain' },
            { name: 'Where it runs', value: 'db.shop.example:5432', tone: 'plain' },
            { name: 'Database', value: 'shop', tone: 'plain' },
            { name: 'Server', value: 'Postgres 15.18 (Debian 15.18-0+deb12u1)', tone: 'plain' },
            { name: 'Extensions it needs', value: 'pgcrypto 1.3', tone: 'plain' },
            { name: 'Lose at most', value: '4 h', tone: 'plain' },
            { name: 'Back within', value: '1 h', tone: 'plain' },
            {
              name: 'Newest verified backup',
              value: '22 Nov 2026 08:10 CET: af09844d5b7e, 13.1 GB, readable since 22 Nov 2026 08:10 CET',
              tone: 'plain',
            },
            { name: 'Newest that was brought back', value: 'none', tone: 'warn' },
          ],
        },
      ],
    },
    {
      id: 'gaps',
      title: 'What this plan lacks',
      blocks: [
        {
          kind: 'text',
          tone: 'warn',
          words:
            "Nobody wrote down where the recovery kit lies: holdfast recovery-plan kit-place 'the safe in …'",
        },
        {
          kind: 'text',
          tone: 'warn',
          words: 'How long it takes was never measured by a drill: holdfast drill run shop-prod',
        },
        {
          kind: 'text',
          tone: 'warn',
          words: 'Nothing is backed up by itself: holdfast schedule set shop-prod --daily 03:00',
        },
        { kind: 'text', tone: 'warn', words: 'There are 2 copies, the original among them; the goal is 3.' },
      ],
    },
    {
      id: 'contacts',
      title: 'Who is called, in this order',
      blocks: [
        {
          kind: 'table',
          table: {
            id: 'contacts',
            title: '',
            columns: [
              { name: '', isFigure: true },
              { name: 'Role', isFigure: false },
              { name: 'Name', isFigure: false },
              { name: 'Telephone', isFigure: false },
              { name: 'E-mail', isFigure: false },
              { name: 'Note', isFigure: false },
            ],
            rows: [
              ['1', 'Database', 'Ana Ruiz', '+34 600 111 222', 'ana@shop.example', ''],
              ['2', 'On call', 'Bo Lind', '+46 70 000 00 00', '', ''],
            ],
            empty: 'Nobody is named. Write here by hand whom to call:',
          },
        },
      ],
    },
    {
      id: 'copies',
      title: 'Where the copies and the keys are',
      blocks: [
        {
          kind: 'facts',
          facts: [
            { name: 'Vault', value: 'Anchor', tone: 'plain' },
            { name: 'Folder', value: '/media/work-ssd/Holdfast/Anchor', tone: 'plain' },
            {
              name: 'Repository',
              value: '5487104c3a9559c4ff11cba05ff2f312c5acb3e32a315093e3fe4658099d5829',
              tone: 'plain',
            },
            { name: 'Looked after by', value: 'anna@anna-laptop', tone: 'plain' },
            { name: 'Its key is in', value: 'the keychain of this account on this computer', tone: 'plain' },
            { name: 'Recovery kit', value: 'saved and read back on 2 Nov 2026 09:30 CET', tone: 'plain' },
            { name: 'The kit lies', value: 'not written down: ____________________', tone: 'warn' },
          ],
        },
        {
          kind: 'text',
          tone: 'plain',
          words:
            'The vault is encrypted. Without its key, which is on the recovery kit and in the keychain, nobody can read it, and nobody can make the key again. No password and no key is in this plan.',
        },
      ],
    },
    {
      id: 'deletion',
      title: 'Scenario A: data was deleted by accident',
      blocks: [
        {
          kind: 'text',
          tone: 'plain',
          words:
            'Somebody or something deleted rows or tables; the server and the rest of the data are well. Lost is, of the tables concerned, what was written between the backup and the deletion. Call first: Ana Ruiz, Database: +34 600 111 222, ana@shop.example.',
        },
        {
          kind: 'steps',
          steps: [
            {
              title: 'Stop what deletes: the job, the person, the program. Leave the database as it is.',
              notes: [],
              commands: [],
              window: null,
              time: 'at once',
              who: 'Ana Ruiz, Database: +34 600 111 222, ana@shop.example',
            },
            {
              title: 'Find the newest backup from before the deletion.',
              notes: [
                'The steps below name af09844d5b7e, of 22 Nov 2026 08:10 CET, which was the newest when this was written. If the damage is older, or this page is, put the id of the right backup in its place.',
              ],
              commands: ['holdfast backup list shop-prod'],
              window: 'shop-prod → Backups: each with its moment and its proof.',
              time: 'a minute',
              who: null,
            },
            {
              title:
                'Bring that backup back into a database of its own, beside the living one, and look what is missing.',
              notes: [
                'The first line shows what would happen and changes nothing; read it before the second.',
              ],
              commands: [
                'holdfast restore plan af09844d5b7e --to-new-database shop_recovered --out beside.json',
                'holdfast restore apply beside.json --confirm shop_recovered',
              ],
              window: 'the backup → Restore → Go back in time → a new database',
              time: 'about 9 min 40 s (guessed, nothing was measured)',
              who: 'Ana Ruiz, Database: +34 600 111 222, ana@shop.example',
            },
            {
              title:
                'Bring the deleted rows back into the living database. public.order_items stands for the tables concerned, with commas between them.',
              notes: [
                'The first line shows what would happen and changes nothing; read it before the second.',
                'Rows whose key is missing come back, every row that is there stays. For wrong values instead of missing rows: --replace in the place of --missing-rows. Before either, Holdfast backs the database up; an undo is offered.',
              ],
              commands: [
                'holdfast restore plan af09844d5b7e --tables public.order_items --missing-rows --out rows.json',
                'holdfast restore apply rows.json --confirm shop',
              ],
              window: 'the backup → Restore → A table was damaged → choose the tables → only missing rows',
              time: 'about 9 min 40 s (guessed, nothing was measured)',
              who: 'Ana Ruiz, Database: +34 600 111 222, ana@shop.example',
            },
            {
              title: 'Look at the application. If it is worse than before, undo.',
              notes: [
                'holdfast restore undo RESTORE --out undo.json, with the id from the list, plans the way back; apply it as any plan.',
              ],
              commands: ['holdfast restore list'],
              window: "the restore's run → Undo",
              time: null,
              who: null,
            },
          ],
        },
      ],
    },
    {
      id: 'server',
      title: 'Scenario C: the server is lost',
      blocks: [
        {
          kind: 'text',
          tone: 'plain',
          words:
            'Lost is what was written after the backup that you choose: the newest is of 22 Nov 2026 08:10 CET, and the goal is at most 4 h. Call first: Ana Ruiz, Database: +34 600 111 222, ana@shop.example.',
        },
        {
          kind: 'steps',
          steps: [
            {
              title:
                'Get a new server with Postgres version 15 or newer, and a role on it that may create databases.',
              notes: [
                'The role needs the rights of a superuser where the backup has extensions or event triggers that ask for them.',
                'It needs these extensions installed: pgcrypto 1.3.',
              ],
              commands: [],
              window: null,
              time: 'as long as your provider takes',
              who: 'Ana Ruiz, Database: +34 600 111 222, ana@shop.example',
            },
            {
              title:
                'Tell the steps below where it is, and put the password of that role into a file that only you can read.',
              notes: [
                'In PowerShell: $NEW_SERVER = \'postgresql://…\' and $PASSWORD_FILE = "$PWD\\password.txt". The other lines are the same.',
              ],
              commands: [
                'export NEW_SERVER=postgresql://postgres@new-server.example:5432',
                'export PASSWORD_FILE=$PWD/password.txt',
              ],
              window: null,
              time: 'a minute',
              who: null,
            },
            {
              title:
                'Make the roles that own things. Read the file first: passwords are not in it, and some roles may not belong on the new server.',
              notes: [
                'It says “already exists” of the roles that the new server has, and goes on. psql asks for the password.',
              ],
              commands: [
                'holdfast backup save af09844d5b7e --part roles --to roles.sql',
                'psql --dbname "$NEW_SERVER" --file roles.sql',
              ],
              window: 'the backup → Parts → roles → Save',
              time: null,
              who: null,
            },
            {
              title:
                'Restore onto it. Every table is compared with the backup at the end (11 tables, 73,856 rows).',
              notes: [
                'The first line shows what would happen and changes nothing; read it before the second.',
              ],
              commands: [
                'holdfast restore plan af09844d5b7e --to-new-database shop --on-server "$NEW_SERVER/postgres" --password-file "$PASSWORD_FILE" --out server.json',
                'holdfast restore apply server.json --confirm shop',
              ],
              window: 'the backup → Restore → New server',
              time: 'about 9 min 40 s (guessed, nothing was measured)',
              who: 'Ana Ruiz, Database: +34 600 111 222, ana@shop.example',
            },
            {
              title:
                'By hand: set the passwords of the roles, the addresses and the certificates; point the application to the new server; open the firewall to it.',
              notes: [],
              commands: [],
              window: null,
              time: null,
              who: 'Ana Ruiz, Database: +34 600 111 222, ana@shop.example',
            },
            {
              title: 'Point Holdfast to the new server, and back it up.',
              notes: [],
              commands: [
                'holdfast project edit shop-prod --postgres "$NEW_SERVER/shop" --password-file "$PASSWORD_FILE"',
                "holdfast backup run shop-prod --reason 'on the new server'",
              ],
              window: 'shop-prod → Connection → Change',
              time: null,
              who: null,
            },
          ],
        },
      ],
    },
    {
      id: 'ransomware',
      title: 'Scenario E: ransomware, or a break-in',
      blocks: [
        {
          kind: 'text',
          tone: 'plain',
          words:
            'Lost is what was written after the backup that you choose: the newest is of 22 Nov 2026 08:10 CET, and the goal is at most 4 h. Call first: Ana Ruiz, Database: +34 600 111 222, ana@shop.example.',
        },
        {
          kind: 'steps',
          steps: [
            {
              title:
                'Take servers and computers off the network, and the disk with the vault off the computer. Pay nobody, delete nothing: it is evidence.',
              notes: [],
              commands: [],
              window: null,
              time: 'at once',
              who: 'Ana Ruiz, Database: +34 600 111 222, ana@shop.example',
            },
            {
              title:
                'Find out since when: the first changed file, the first strange sign-in. In doubt, earlier. The table at the end lists the points of each day.',
              notes: ["The line holds an example: put the moment there. In PowerShell: $BEFORE = '…'."],
              commands: ["export BEFORE='2026-11-22T06:09:18Z'"],
              window: null,
              time: null,
              who: null,
            },
            {
              title:
                'On a clean computer, connect the vault so that nothing can write to it, and open it as in scenario D.',
              notes: [
                'holdfast vault check --read-data shows whether the vault itself was touched: every block is authenticated, and nobody without the key can forge one.',
              ],
              commands: [],
              window: null,
              time: null,
              who: null,
            },
            {
              title: 'Find the newest backup before that moment, and look whether it is clean.',
              notes: [
                'It reads every byte, and compares tables, rows, sizes and shares of changed rows with the backups before it; it prints the id of the backup. It says pass, fail or inconclusive, and what it did not look at. If it fails, name an earlier moment.',
              ],
              commands: ['holdfast recovery-plan clean-before shop-prod --before "$BEFORE"'],
              window: 'shop-prod → Recovery plan → Find a clean backup',
              time: 'about 9 min 40 s (guessed, nothing was measured)',
              who: null,
            },
            {
              title:
                'Write your own assertions, bring that backup back on the clean computer, and look at it. Put the id that was found in the place of this one.',
              notes: ["holdfast drill assert add PROJECT 'what has to be true' 'select …', before it."],
              commands: ['holdfast drill run af09844d5b7e'],
              window: null,
              time: 'about 10 min 12 s (guessed)',
              who: null,
            },
            {
              title:
                'Tell the steps below where it is, and put the password of that role into a file that only you can read.',
              notes: [
                'In PowerShell: $NEW_SERVER = \'postgresql://…\' and $PASSWORD_FILE = "$PWD\\password.txt". The other lines are the same.',
              ],
              commands: [
                'export NEW_SERVER=postgresql://postgres@new-server.example:5432',
                'export PASSWORD_FILE=$PWD/password.txt',
              ],
              window: null,
              time: 'a minute',
              who: null,
            },
            {
              title:
                'Restore it onto a new server, never onto one that was reached. Put the id that was found in the place of this one.',
              notes: [
                'The first line shows what would happen and changes nothing; read it before the second.',
              ],
              commands: [
                'holdfast restore plan af09844d5b7e --to-new-database shop --on-server "$NEW_SERVER/postgres" --password-file "$PASSWORD_FILE" --out server.json',
                'holdfast restore apply server.json --confirm shop',
              ],
              window: 'the backup → Restore → New server',
              time: 'about 9 min 40 s (guessed, nothing was measured)',
              who: 'Ana Ruiz, Database: +34 600 111 222, ana@shop.example',
            },
            {
              title:
                'Change every password and token, also that of the database role that Holdfast uses. If the key of the vault may be known, make a new vault with a new key, and back up into that.',
              notes: [],
              commands: [],
              window: null,
              time: null,
              who: 'Ana Ruiz, Database: +34 600 111 222, ana@shop.example',
            },
          ],
        },
      ],
    },
    {
      id: 'times',
      title: 'How long it takes',
      blocks: [
        {
          kind: 'table',
          table: {
            id: 'times',
            title: '',
            columns: [
              { name: 'What', isFigure: false },
              { name: 'Time', isFigure: true },
              { name: 'How that is known', isFigure: false },
              { name: 'Size', isFigure: true },
              { name: 'Where', isFigure: false },
            ],
            rows: [
              ['Last full drill', 'not measured', 'There was none yet.', '', ''],
              ['Last restore', 'not measured', 'There was none yet.', '', ''],
              [
                'The newest, on a server that runs',
                '9 min 40 s',
                'guessed: A guess: no drill of this project was measured yet. It goes by 20.0 MB each second.',
                '13.1 GB',
                '',
              ],
              [
                'The newest, on this computer',
                '10 min 12 s',
                'guessed: A guess: no drill of this project was measured yet. It goes by 20.0 MB each second, and 5 seconds for a private Postgres.',
                '13.1 GB',
                '',
              ],
            ],
            empty: '',
          },
        },
        {
          kind: 'text',
          tone: 'plain',
          words:
            'From the beginning of the restore to the last check. Finding people, servers and decisions comes on top.',
        },
      ],
    },
    {
      id: 'points',
      title: 'Points to recover to, by day',
      blocks: [
        {
          kind: 'table',
          table: {
            id: 'points',
            title: '',
            columns: [
              { name: 'Day', isFigure: false },
              { name: 'Points', isFigure: true },
              { name: 'Best proof', isFigure: false },
              { name: 'Newest of those', isFigure: false },
              { name: 'Backup', isFigure: false },
              { name: 'Size', isFigure: true },
            ],
            rows: [
              ['2026-11-22', '9', 'restored', '22 Nov 2026 08:10 CET', 'af09844d5b7e', '13.1 GB'],
              ['2026-11-21', '24', 'readable', '21 Nov 2026 23:10 CET', 'af0988f026ef', '13.1 GB'],
              ['2026-11-20', '24', 'readable', '20 Nov 2026 23:10 CET', 'af098d92f260', '13.1 GB'],
              ['2026-11-19', '24', 'readable', '19 Nov 2026 23:10 CET', 'af099235bdd1', '13.1 GB'],
              ['2026-11-18', '24', 'readable', '18 Nov 2026 23:10 CET', 'af0996d88942', '13.1 GB'],
              ['2026-11-17', '24', 'readable', '17 Nov 2026 23:10 CET', 'af099b7b54b3', '13.1 GB'],
              ['2026-11-16', '24', 'readable', '16 Nov 2026 23:10 CET', 'af09a01e2024', '13.1 GB'],
              ['2026-11-15', '24', 'restored', '15 Nov 2026 23:10 CET', 'af09a4c0eb95', '13.1 GB'],
            ],
            empty: 'There is none.',
          },
        },
      ],
    },
    {
      id: 'exceptions',
      title: 'What is not in the backup, or was not checked',
      blocks: [
        {
          kind: 'text',
          tone: 'plain',
          words: 'Files outside the database (uploads, configuration, Redis) are not in the newest backup.',
        },
        {
          kind: 'text',
          tone: 'plain',
          words: 'Passwords of roles are in no backup: set them anew on a new server.',
        },
        {
          kind: 'text',
          tone: 'plain',
          words:
            'Contacts, goals, schedules, recovery steps and the history of proofs are on this computer alone, and not in the vault.',
        },
      ],
    },
  ],
};

export const cleanLook: CleanCheckView = {
  id: 'j-clean',
  backupId: 'af09844d5b7e2fd862044763f1805514e7d7c68a02319ec82b2cb1ae0a75c304',
  backupAtMs: NOW - DAY,
  beforeMs: NOW - DAY + 60_000,
  verdict: 'fail',
  reason:
    'The backup of 21 Nov 2026 08:10 CET, the newest verified before 21 Nov 2026 09:00 CET, is not as the ones before it: mass changes.',
  checks: [
    {
      id: 'clean_bytes',
      title: 'Bytes and rows in the vault',
      verdict: 'pass',
      figure: '',
      done: '41 tables and 12,480,113 rows match the manifest.',
      findings: [],
      found: 0,
      ms: 0,
    },
    {
      id: 'clean_rows',
      title: 'Rows',
      verdict: 'pass',
      figure: '41 of 41',
      done: 'The rows of each table, and by how many they usually change. Compared with 12 backups before it.',
      findings: [],
      found: 0,
      ms: 0,
    },
    {
      id: 'clean_changed',
      title: 'Mass changes',
      verdict: 'fail',
      figure: '3 tables changed',
      done: 'Of each table whose content is another, the share of rows of the backup before that are not there any more as they were, by their hashes.',
      findings: ['public.customers: 100 % of its rows are not as they were, usually 0 %'],
      found: 1,
      ms: 0,
    },
    {
      id: 'clean_unseen',
      title: 'What nobody looked at',
      verdict: 'not_checked',
      figure: 'not checked',
      done: 'No program can show these.',
      findings: ['Whether values are right: only your own assertions know.'],
      found: 1,
      ms: 0,
    },
  ],
  atMs: NOW - 3_600_000,
};

/** The plan of a project; `long` has a name that no page has room for. */
export function recoveryPlanOf(project: { id: string; name: string }, scenario: string): RecoveryPlanView {
  const isBare = scenario === 'well' || scenario === 'welcome';
  const paper: PaperView = {
    ...planPaper,
    title: project.name,
    headline: planPaper.headline.replace('shop-prod', project.name),
  };
  return {
    projectId: project.id,
    project: project.name,
    paper,
    contacts: isBare
      ? { people: [], kitPlace: null }
      : {
          people: [
            {
              role: 'Database',
              name: 'Ana Ruiz',
              phone: '+34 600 111 222',
              email: 'ana@shop.example',
              note: '',
            },
            {
              role: 'On call',
              name: 'Bo Lind',
              phone: '+46 70 000 00 00',
              email: '',
              note: 'nights and weekends',
            },
          ],
          kitPlace: 'the safe in the office, second shelf',
        },
    file: isBare
      ? { folder: null, path: null, writtenAtMs: null, problem: null, triedAtMs: null }
      : scenario === 'gone'
        ? {
            folder: '/media/blue/recovery',
            path: '/media/blue/recovery/recovery-plan-shop-prod.html',
            writtenAtMs: NOW - 3 * DAY,
            problem: 'the folder /media/blue/recovery is not there',
            triedAtMs: NOW - 60_000,
          }
        : {
            folder: '/media/blue/recovery',
            path: '/media/blue/recovery/recovery-plan-shop-prod.html',
            writtenAtMs: NOW - 600_000,
            problem: null,
            triedAtMs: NOW - 600_000,
          },
    clean: isBare ? [] : [cleanLook],
  };
}

/** The report of a period, as the engine writes it. */
export const reportPaper: PaperView = {
  kind: 'Backup and recovery report',
  title: '1 Jul 2026 00:00 CEST to 1 Oct 2026 00:00 CEST, all projects',
  asOf: 'Made 22 Nov 2026 08:15 CET by anna@anna-laptop, Holdfast 0.1.0',
  headline: '1 of 2 projects met their goals all of the time.',
  tone: 'bad',
  summary: '3 exceptions, each below. The audit chain is whole.',
  sections: [
    {
      id: 'about',
      title: 'About this report',
      blocks: [
        {
          kind: 'table',
          table: {
            id: 'about',
            title: '',
            columns: [
              { name: 'Name', isFigure: false },
              { name: 'Value', isFigure: false },
            ],
            rows: [
              ['Period from', '1 Jul 2026 00:00 CEST'],
              ['Period until', '1 Oct 2026 00:00 CEST'],
              ['Time zone', 'Europe/Vienna'],
              ['Projects', 'all: shop-prod'],
              ['Made', '22 Nov 2026 08:15 CET'],
              ['Made by', 'anna@anna-laptop'],
              ['Program', 'Holdfast 0.1.0'],
              [
                'Audit chain',
                'The chain is whole: 17 entries, each bound to the one before it. It agrees with what 1 backup says of it.',
              ],
              ['Head of the chain', 'c1bcee78ea52d3b47d5009a77429fc864bd90e5addac5ece358ab621b44e2ced'],
            ],
            empty: '',
          },
        },
      ],
    },
    {
      id: 'projects',
      title: 'Goals, and what was measured',
      blocks: [
        {
          kind: 'table',
          table: {
            id: 'projects',
            title: '',
            columns: [
              { name: 'Project', isFigure: false },
              { name: 'Label', isFigure: false },
              { name: 'Lose at most', isFigure: false },
              { name: 'Within it', isFigure: true },
              { name: 'Back within', isFigure: false },
              { name: 'Slowest drill', isFigure: true },
              { name: 'Drills passed', isFigure: true },
              { name: 'Backups made', isFigure: true },
              { name: 'Exceptions', isFigure: true },
            ],
            rows: [
              ['billing', 'production', '1 h', '100.00 %', '4 h', '14 min 02 s', '13 of 13', '2208', '0'],
              [
                'shop-prod',
                'production',
                '4 h (changed within)',
                '99.62 %',
                '1 h',
                '9 min 40 s',
                '12 of 13',
                '551',
                '3',
              ],
            ],
            empty: 'There is no project.',
          },
        },
      ],
    },
    {
      id: 'exceptions',
      title: 'Exceptions',
      blocks: [
        {
          kind: 'table',
          table: {
            id: 'exceptions',
            title: '',
            columns: [
              { name: 'Project', isFigure: false },
              { name: 'From', isFigure: false },
              { name: 'Until', isFigure: false },
              { name: 'Kind', isFigure: false },
              { name: 'What', isFigure: false },
              { name: 'What came of it', isFigure: false },
            ],
            rows: [
              [
                'shop-prod',
                '3 Aug 2026 04:10 CEST',
                '3 Aug 2026 09:50 CEST',
                'recovery point over its goal',
                'the newest verified backup got 9 h 40 min old',
                'lasted 5 h 40 min',
              ],
              [
                'shop-prod',
                '3 Aug 2026 04:12 CEST',
                '',
                'run failed',
                'backup 01j4c1e77d0a2b31: the server refuses the connection (connection_refused)',
                'acknowledged by 3 Aug 2026 10:02 CEST',
              ],
              [
                'shop-prod',
                '14 Sep 2026 03:31 CEST',
                '',
                'drill failed',
                '1 table differs: public.order_lines',
                '',
              ],
            ],
            empty: 'There were none.',
          },
        },
      ],
    },
    {
      id: 'recovery-points',
      title: 'Recovery points',
      blocks: [
        {
          kind: 'text',
          tone: 'plain',
          words:
            'The age of the newest backup that had been verified by then, at every moment of the period. Typical is the age that was not exceeded half of the time.',
        },
        {
          kind: 'table',
          table: {
            id: 'recovery-points',
            title: '',
            columns: [
              { name: 'Project', isFigure: false },
              { name: 'Looked at from', isFigure: false },
              { name: 'Goal', isFigure: false },
              { name: 'Within it', isFigure: true },
              { name: 'Time over it', isFigure: true },
              { name: 'Time without any', isFigure: true },
              { name: 'Typical age', isFigure: true },
              { name: 'Greatest age', isFigure: true },
            ],
            rows: [
              [
                'shop-prod',
                '22 Nov 2026 08:10 CET',
                '4 h (changed within)',
                '91.43 %',
                '8.0 s',
                '8.0 s',
                '50 s',
                '1 min',
              ],
            ],
            empty: '',
          },
        },
      ],
    },
    {
      id: 'recovery-times',
      title: 'Recovery times',
      blocks: [
        {
          kind: 'text',
          tone: 'plain',
          words: 'From the beginning of a restore to its last check: full drills, and restores.',
        },
        {
          kind: 'table',
          table: {
            id: 'recovery-times',
            title: '',
            columns: [
              { name: 'Project', isFigure: false },
              { name: 'When', isFigure: false },
              { name: 'What', isFigure: false },
              { name: 'Took', isFigure: true },
              { name: 'Goal', isFigure: false },
              { name: 'Within it', isFigure: false },
              { name: 'Verdict', isFigure: false },
            ],
            rows: [],
            empty: 'Nothing was brought back in this period, so that no time was measured.',
          },
        },
      ],
    },
    {
      id: 'drills',
      title: 'Drills',
      blocks: [
        {
          kind: 'table',
          table: {
            id: 'drills',
            title: '',
            columns: [
              { name: 'Project', isFigure: false },
              { name: 'When', isFigure: false },
              { name: 'Kind', isFigure: false },
              { name: 'Backup of', isFigure: false },
              { name: 'Where', isFigure: false },
              { name: 'Verdict', isFigure: false },
              { name: 'Took', isFigure: true },
              { name: 'Why', isFigure: false },
            ],
            rows: [],
            empty: 'No drill was made in this period.',
          },
        },
      ],
    },
    {
      id: 'verifications',
      title: 'Verifications, by level',
      blocks: [
        {
          kind: 'text',
          tone: 'plain',
          words:
            'Entries of the ledger: bytes were read and their hashes matched; the archive opened and every row was counted; a restore brought it back.',
        },
        {
          kind: 'table',
          table: {
            id: 'verifications',
            title: '',
            columns: [
              { name: 'Project', isFigure: false },
              { name: 'Level', isFigure: false },
              { name: 'Pass', isFigure: true },
              { name: 'Fail', isFigure: true },
              { name: 'Inconclusive', isFigure: true },
              { name: 'Last', isFigure: false },
            ],
            rows: [
              ['shop-prod', 'bytes', '1', '0', '0', '22 Nov 2026 08:10 CET'],
              ['shop-prod', 'readable', '1', '0', '0', '22 Nov 2026 08:10 CET'],
              ['shop-prod', 'restored', '0', '0', '0', 'none'],
            ],
            empty: '',
          },
        },
      ],
    },
    {
      id: 'backups',
      title: 'Backups',
      blocks: [
        {
          kind: 'table',
          table: {
            id: 'backups',
            title: '',
            columns: [
              { name: 'Project', isFigure: false },
              { name: 'Made', isFigure: true },
              { name: 'Failed', isFigure: true },
              { name: 'Interrupted', isFigure: true },
              { name: 'Cancelled', isFigure: true },
              { name: 'Times missed', isFigure: true },
              { name: 'With warnings', isFigure: true },
            ],
            rows: [['shop-prod', '1', '0', '0', '0', '0', '0']],
            empty: '',
          },
        },
      ],
    },
    {
      id: 'removals',
      title: 'Backups that were removed',
      blocks: [
        {
          kind: 'table',
          table: {
            id: 'removals',
            title: '',
            columns: [
              { name: 'Project', isFigure: false },
              { name: 'When', isFigure: false },
              { name: 'Backup', isFigure: false },
              { name: 'By', isFigure: false },
              { name: 'Who', isFigure: false },
            ],
            rows: [],
            empty: 'None.',
          },
        },
      ],
    },
    {
      id: 'restores',
      title: 'Restores',
      blocks: [
        {
          kind: 'table',
          table: {
            id: 'restores',
            title: '',
            columns: [
              { name: 'Project', isFigure: false },
              { name: 'When', isFigure: false },
              { name: 'Who', isFigure: false },
              { name: 'What', isFigure: false },
              { name: 'Into', isFigure: false },
              { name: 'Safety backup', isFigure: false },
              { name: 'State', isFigure: false },
              { name: 'Verdict', isFigure: false },
            ],
            rows: [],
            empty: 'Nothing was restored in this period.',
          },
        },
      ],
    },
    {
      id: 'holds',
      title: 'Backups that are held',
      blocks: [
        {
          kind: 'table',
          table: {
            id: 'holds',
            title: '',
            columns: [
              { name: 'Project', isFigure: false },
              { name: 'Backup of', isFigure: false },
              { name: 'Backup', isFigure: false },
              { name: 'Held since', isFigure: false },
              { name: 'Who', isFigure: false },
              { name: 'Why', isFigure: false },
            ],
            rows: [],
            empty: 'None is held now.',
          },
        },
      ],
    },
    {
      id: 'goals',
      title: 'Goals that were changed',
      blocks: [
        {
          kind: 'table',
          table: {
            id: 'goals',
            title: '',
            columns: [
              { name: 'Project', isFigure: false },
              { name: 'When', isFigure: false },
              { name: 'Who', isFigure: false },
              { name: 'Lose at most', isFigure: false },
              { name: 'Back within', isFigure: false },
              { name: 'Copies', isFigure: false },
              { name: 'Drill every', isFigure: false },
            ],
            rows: [
              ['shop-prod', '22 Nov 2026 08:15 CET', 'anna@anna-laptop', '240 min', '60 min', '3', 'none'],
            ],
            empty: 'None was changed in this period.',
          },
        },
      ],
    },
    {
      id: 'chain',
      title: 'Audit chain',
      blocks: [
        {
          kind: 'facts',
          facts: [
            {
              name: 'Verified',
              value:
                '22 Nov 2026 08:15 CET: The chain is whole: 17 entries, each bound to the one before it. It agrees with what 1 backup says of it.',
              tone: 'good',
            },
            { name: 'Entries in all', value: '17', tone: 'plain' },
            {
              name: 'Head of the chain',
              value: 'c1bcee78ea52d3b47d5009a77429fc864bd90e5addac5ece358ab621b44e2ced',
              tone: 'plain',
            },
            { name: 'Entries in the period', value: '17', tone: 'plain' },
            {
              name: 'First of the period',
              value:
                '1, 2 Nov 2026 09:30 CET, 1feea464de9f80737338c663417d560edbab119524500f0d9a6da7ab9dfe1d58',
              tone: 'plain',
            },
            {
              name: 'Last of the period',
              value:
                '17, 22 Nov 2026 08:15 CET, c1bcee78ea52d3b47d5009a77429fc864bd90e5addac5ece358ab621b44e2ced',
              tone: 'plain',
            },
          ],
        },
        {
          kind: 'text',
          tone: 'plain',
          words:
            'Each entry holds the hash of the one before it. Write the head down elsewhere: with it, `holdfast audit verify` and the exported log, anybody can show later that nothing was changed.',
        },
      ],
    },
    {
      id: 'limits',
      title: 'What this report cannot say',
      blocks: [
        {
          kind: 'text',
          tone: 'plain',
          words: 'The period is not over: it was looked at until this report was made.',
        },
        {
          kind: 'text',
          tone: 'plain',
          words:
            'The audit chain of this profile begins 2 Nov 2026 09:30 CET, within the period or after it: of what was before, it knows nothing.',
        },
        {
          kind: 'text',
          tone: 'plain',
          words: 'shop-prod was added 22 Nov 2026 08:10 CET, and is looked at from then on.',
        },
        {
          kind: 'text',
          tone: 'plain',
          words:
            'Entries of the ledger go with the backup that they are about: verifications of backups that were removed are in the audit chain alone.',
        },
        {
          kind: 'text',
          tone: 'plain',
          words:
            'Times of schedules are those of the schedules as they are now. The goal of the recovery time is the one that is set now.',
        },
        {
          kind: 'text',
          tone: 'plain',
          words:
            'Times are by the clock of the computer that Holdfast runs on. Copies of the vault elsewhere are not known to it.',
        },
      ],
    },
  ],
};
