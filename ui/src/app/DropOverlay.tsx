import { IconFileSearch } from '@tabler/icons-react';
import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { listenToDrops } from '../ipc/drop';
import { announce } from '../shared/announce';
import css from './DropOverlay.module.css';

/** A dialog waits for its own answer: what is dropped beside it would throw away what was typed there. */
const isDialogOpen = () => document.querySelector('[role="dialog"], [role="alertdialog"]') !== null;

/** Over any screen, while files are dragged across the window: where they can be dropped, and one promise. */
export function DropOverlay() {
  const navigate = useNavigate();
  const [isOver, setOver] = useState(false);
  useEffect(
    () =>
      listenToDrops((event) => {
        if (event.kind === 'enter') {
          if (isDialogOpen() || event.files === 0) return;
          setOver(true);
          announce('Drop to inspect.');
          return;
        }
        setOver(false);
        if (event.kind === 'drop' && event.paths.length > 0 && !isDialogOpen())
          void navigate({ to: '/import', search: { paths: event.paths } });
      }),
    [navigate],
  );
  useEffect(() => {
    if (!isOver) return undefined;
    const onKey = (event: KeyboardEvent) => {
      if (event.key === 'Escape') setOver(false);
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [isOver]);
  if (!isOver) return null;
  return (
    <div className={css.drop} aria-hidden data-testid="drop-overlay">
      <div className={css.frame}>
        <IconFileSearch stroke={1.75} />
        <b>Drop to inspect</b>
        <span>Holdfast shows what it is. Nothing is run, nothing is kept until you say so.</span>
      </div>
    </div>
  );
}
