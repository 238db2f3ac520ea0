import { useLocation } from '@tanstack/react-router';
import { useEffect, type RefObject } from 'react';

/** What a person does to look elsewhere. */
const LOOKING_ELSEWHERE = ['wheel', 'pointerdown', 'keydown'] as const;

/** Shows the part that the address names, and keeps it in place while parts above it load, until a person moves on. */
export function useLedTo(parts: RefObject<HTMLElement | null>) {
  const { hash } = useLocation();
  useEffect(() => {
    const part = hash === '' ? undefined : [...(parts.current?.children ?? [])].find(({ id }) => id === hash);
    if (!parts.current || !part) return undefined;
    part.scrollIntoView();
    const growth = new ResizeObserver(() => part.scrollIntoView());
    growth.observe(parts.current);
    const end = () => growth.disconnect();
    for (const event of LOOKING_ELSEWHERE) window.addEventListener(event, end, { once: true });
    return () => {
      end();
      for (const event of LOOKING_ELSEWHERE) window.removeEventListener(event, end);
    };
  }, [hash, parts]);
}
