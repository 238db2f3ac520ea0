import { cleanup, configure } from '@testing-library/react';
import { afterEach, beforeEach, vi } from 'vitest';
import { NOW } from '../../ipc/mock/projects';

// jsdom has no layout: Mantine and the virtual list ask for what a browser would know.
Object.defineProperty(window, 'matchMedia', {
  configurable: true,
  value: (query: string) => ({
    matches: false,
    media: query,
    onchange: null,
    addListener: vi.fn(),
    removeListener: vi.fn(),
    addEventListener: vi.fn(),
    removeEventListener: vi.fn(),
    dispatchEvent: vi.fn(),
  }),
});
class NoResize {
  observe() {}
  unobserve() {}
  disconnect() {}
}
Object.defineProperty(window, 'ResizeObserver', { configurable: true, value: NoResize });
window.scrollTo = () => {};
Element.prototype.scrollTo = () => {};
// A virtual list draws what fits: without a height that would be nothing.
Object.defineProperty(HTMLElement.prototype, 'offsetHeight', { configurable: true, get: () => 800 });
Object.defineProperty(HTMLElement.prototype, 'offsetWidth', { configurable: true, get: () => 1200 });
Element.prototype.scrollIntoView = () => {};

// A machine that compiles something else meanwhile is slow, not wrong.
configure({ asyncUtilTimeout: 10_000 });

// All files share one process, and what the mock shows is dated by its start.
beforeEach(() => {
  vi.setSystemTime(NOW);
});

afterEach(() => {
  vi.useRealTimers();
  cleanup();
  document.body.innerHTML = '';
});
