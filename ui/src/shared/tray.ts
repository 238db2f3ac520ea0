import { TrayIcon } from '@tauri-apps/api/tray';
import { queryOptions } from '@tanstack/react-query';

/** The id that the shell gives its icon. */
const TRAY_ID = 'holdfast';

/** Whether there is a tray that keeps Holdfast alive when the window closes. Where it cannot be told, there is none. */
export const trayQuery = queryOptions({
  queryKey: ['tray'],
  queryFn: async () => {
    try {
      return (await TrayIcon.getById(TRAY_ID)) !== null;
    } catch {
      return false;
    }
  },
  staleTime: Infinity,
});
