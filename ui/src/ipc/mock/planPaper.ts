import type { PaperView } from '../bindings';

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
                'Rows whose key is missing come back, every row that is there stays. For wrong values instead of missing rows: --merge --after BACKUP in the place of --missing-rows, with a backup that was made after the damage; what people changed since stays. Without such a backup: --replace. Before each, Holdfast backs the database up; an undo is offered.',
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
