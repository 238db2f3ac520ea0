import type { InspectionView } from '../../ipc/bindings';
import type { CommandError } from '../../ipc/call';
import { counted, sentence } from '../../shared/format';
import { StateIcon } from '../../shared/StateIcon';
import css from './Import.module.css';
import { fileName } from './words';

type Each = {
  path: string;
  file: InspectionView | undefined;
  error: CommandError | null;
  isStopped: boolean;
};
type Props = { files: readonly Each[]; shown: string; onShow: (path: string) => void };

function faceOf({ file, error, isStopped }: Each) {
  if (isStopped) return { state: 'idle' as const, words: 'was not read to its end' };
  if (error?.code === 'archive_passphrase_needed' || file?.needsPassphrase)
    return { state: 'warn' as const, words: 'needs its passphrase' };
  if (error) return { state: 'danger' as const, words: `refused: ${sentence(error.message)}` };
  if (!file) return { state: 'running' as const, words: 'is being read' };
  const worst = file.findings.some((finding) => finding.level === 'danger')
    ? ('danger' as const)
    : file.findings.some((finding) => finding.level === 'warning')
      ? ('warn' as const)
      : ('ok' as const);
  return { state: worst, words: file.sentence };
}

/** Several files: what each turned out to be; the chosen one is shown below. */
export function FileList({ files, shown, onShow }: Props) {
  return (
    <nav className={css.files} aria-label={`${counted(files.length, 'file')} to look at`}>
      {files.map((each) => {
        const { state, words } = faceOf(each);
        return (
          <button
            key={each.path}
            type="button"
            className={css.file}
            aria-current={each.path === shown}
            onClick={() => onShow(each.path)}
            title={each.path}
          >
            <StateIcon state={state} size={18} />
            <span className={css.fileWords}>
              <code>{fileName(each.path)}</code>
              <span>{words}</span>
            </span>
          </button>
        );
      })}
    </nav>
  );
}
