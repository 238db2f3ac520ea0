import { IconFileZip } from '@tabler/icons-react';
import { bytes } from '../../shared/format';
import { Text } from '../../shared/Layout';
import { fileName, folderName } from './words';

/** Which file it is: its name, its size, the folder that it is in. */
export function Crumb({ path, sizeBytes }: { path: string; sizeBytes?: number | null }) {
  const folder = folderName(path);
  const words = [
    sizeBytes === undefined || sizeBytes === null ? null : bytes(sizeBytes),
    folder === null ? null : `from ${folder}`,
  ].filter((each) => each !== null);
  return (
    <>
      <IconFileZip size={14} stroke={1.75} aria-hidden />
      <Text as="code" max={32} size="xs" clip oneLine title={path}>
        {fileName(path)}
      </Text>
      <span>{words.join(', ')}</span>
    </>
  );
}
