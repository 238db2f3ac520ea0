import type { PaperView } from '../bindings';

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
