import { emit } from '@tauri-apps/api/event';

const at = ({ clientX: x, clientY: y }: DragEvent) => ({ x, y });

/** In a browser no shell sees a drag: its events are told as the shell would. A browser gives names alone, no paths. */
export function standInForDrops(): void {
  const names = (event: DragEvent) => Array.from(event.dataTransfer?.files ?? [], (file) => file.name);
  let depth = 0;
  window.addEventListener('dragenter', (event) => {
    event.preventDefault();
    depth += 1;
    if (depth === 1)
      void emit('tauri://drag-enter', {
        paths: Array.from(event.dataTransfer?.items ?? [], () => 'file'),
        position: at(event),
      });
  });
  window.addEventListener('dragover', (event) => event.preventDefault());
  window.addEventListener('dragleave', () => {
    depth -= 1;
    if (depth === 0) void emit('tauri://drag-leave', null);
  });
  window.addEventListener('drop', (event) => {
    event.preventDefault();
    depth = 0;
    void emit('tauri://drag-drop', { paths: names(event), position: at(event) });
  });
}
