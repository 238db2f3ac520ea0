import { useSyncExternalStore } from 'react';

type Politeness = 'polite' | 'assertive';
type Spoken = Record<Politeness, string>;

let spoken: Spoken = { polite: '', assertive: '' };
const listeners = new Set<() => void>();

/** Says something to people who hear the screen: phases politely, failures assertively. */
export function announce(text: string, politeness: Politeness = 'polite'): void {
  // The same words twice are only heard twice when the text differs; a trailing space does that.
  const again = spoken[politeness] === text ? `${text} ` : text;
  spoken = { ...spoken, [politeness]: again };
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void) {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The two live regions of the window; drawn once, by the root. */
export function LiveRegion() {
  const words = useSyncExternalStore(subscribe, () => spoken);
  return (
    <>
      <div className="sr-only" aria-live="polite" data-testid="live-polite">
        {words.polite}
      </div>
      <div className="sr-only" aria-live="assertive" data-testid="live-assertive">
        {words.assertive}
      </div>
    </>
  );
}
