import type {
  BundlePartView,
  FindingLevel,
  FindingView,
  InspectionView,
  ProjectState,
} from '../../ipc/bindings';
import { count, counted } from '../../shared/format';
import type { Figure } from '../../shared/Counts';
import { bytes } from '../../shared/format';

export const fileName = (path: string): string => path.split(/[\\/]/).filter(Boolean).at(-1) ?? path;

/** Name of the folder that a file is in: `Downloads`. */
export function folderName(path: string): string | null {
  return path.split(/[\\/]/).filter(Boolean).at(-2) ?? null;
}

/** A figure apart from its unit: `11.9` and `million`. */
function large(value: number): { value: string; unit?: string } {
  if (value < 1_000_000) return { value: count(value) };
  if (value < 1_000_000_000) return { value: (Math.floor(value / 100_000) / 10).toFixed(1), unit: 'million' };
  return { value: (Math.floor(value / 100_000_000) / 10).toFixed(1), unit: 'billion' };
}

function sizeFigure(name: string, value: number): Figure {
  const [amount = '', unit] = bytes(value).split(' ');
  return unit === undefined ? { name, value: amount } : { name, value: amount, unit };
}

/** What is in it, as large figures. What cannot be counted is said, not left out. */
export function figures(file: InspectionView): Figure[] {
  const { tables, rows, files, buckets, hasDatabase, unpackedBytes, sizeBytes } = file;
  return [
    ...(hasDatabase
      ? [
          // No table of a database that is there: then nobody could list them, and none is no answer.
          tables.length === 0
            ? { name: 'Tables', value: 'not listed', tone: 'unknown' as const }
            : {
                name: 'Database',
                value: count(tables.length),
                unit: tables.length === 1 ? 'table' : 'tables',
              },
          rows === null
            ? { name: 'Rows', value: 'not counted', tone: 'unknown' as const }
            : { name: 'Rows', ...large(rows) },
        ]
      : []),
    ...(files > 0
      ? [{ name: 'Files', value: count(files), unit: buckets > 0 ? `in ${counted(buckets, 'bucket')}` : '' }]
      : []),
    unpackedBytes > 0 ? sizeFigure('Unpacked', unpackedBytes) : sizeFigure('Size', sizeBytes),
  ];
}

/** `Made by a SupaManager on Postgres 15.8. Inspected only: nothing in it was run.` */
export function leadOf({ madeBy, serverVersion }: InspectionView): string {
  const server = serverVersion === null ? '' : `Postgres ${serverVersion}`;
  const made =
    madeBy === null
      ? server === ''
        ? ''
        : `From ${server}. `
      : `Made by ${madeBy}${server === '' ? '' : ` on ${server}`}. `;
  return `${made}Inspected only: nothing in it was run.`;
}

export const LEVEL_STATES: Record<FindingLevel, ProjectState> = {
  good: 'ok',
  warning: 'warn',
  danger: 'danger',
};
export const LEVEL_NAMES: Record<FindingLevel, string> = {
  good: 'good',
  warning: 'warning',
  danger: 'danger',
};

/** `4 good`, `1 warning`, `1 danger`; what there is none of is not named. */
export function levelCounts(findings: readonly FindingView[]): { level: FindingLevel; words: string }[] {
  const of = (level: FindingLevel) => findings.filter((finding) => finding.level === level).length;
  const words: Record<FindingLevel, string> = {
    good: `${of('good')} good`,
    warning: counted(of('warning'), 'warning'),
    danger: counted(of('danger'), 'danger'),
  };
  return (['good', 'warning', 'danger'] as const)
    .filter((level) => of(level) > 0)
    .map((level) => ({ level, words: words[level] }));
}

const CHECKSUMS: Record<string, { state: ProjectState; words: string }> = {
  match: { state: 'ok', words: 'matches' },
  mismatch: { state: 'danger', words: 'differs' },
  not_comparable: { state: 'inconclusive', words: 'cannot be compared' },
  none: { state: 'idle', words: 'none given' },
};

/** How the checksum that a file gives of a part stands to the part; a word that is not known counts as nothing shown. */
export const checksumOf = ({ checksum }: BundlePartView) =>
  CHECKSUMS[checksum] ?? { state: 'inconclusive' as const, words: checksum };

const COMPONENTS: Record<string, string> = {
  database: 'Database',
  roles: 'Roles',
  access: 'Rights',
  storage: 'Stored files',
  config: 'Configuration',
  redis: 'Redis',
  logs: 'Logs',
  metadata: 'Description',
  other: 'Other',
};
export const componentName = (component: string): string => COMPONENTS[component] ?? component;

/** A name for a project that is made of a file: what it says itself, or the file's own without its endings. */
export function proposedName(file: InspectionView): string {
  const own = file.project?.trim();
  return own
    ? own
    : file.name.replace(/(\.(tar|gz|tgz|zip|enc|sql|dump|custom|bz2|xz|zst|age|gpg))+$/i, '') || 'imported';
}

/** What is done with a file once it is in the vault. */
export type Intent = 'keep' | 'look' | 'drill' | 'new';
