import { getCurrentWebview } from '@tauri-apps/api/webview';

/** What is dragged over the window from outside of it. */
export type DropEvent =
  { kind: 'enter'; files: number } | { kind: 'leave' } | { kind: 'drop'; paths: string[] };

/**
 * Hears of files that are dragged over the window, with their full paths. The shell takes them: the
 * page's own drop zones get nothing. The answer stops it.
 */
export function listenToDrops(onDrop: (event: DropEvent) => void): () => void {
  const stopping = getCurrentWebview().onDragDropEvent(({ payload }) => {
    if (payload.type === 'enter') onDrop({ kind: 'enter', files: payload.paths.length });
    else if (payload.type === 'drop') onDrop({ kind: 'drop', paths: payload.paths });
    else if (payload.type === 'leave') onDrop({ kind: 'leave' });
  });
  return () => void stopping.then((stop) => stop());
}
