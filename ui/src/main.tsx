import { createRoot } from 'react-dom/client';
import { App } from './app/App';
import './app/base.css';
import '@mantine/core/styles.layer.css';
import './app/tokens.css';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no element with the id "root"');

// In an ordinary browser there is no shell: `npm run dev` then answers from fixtures. The condition
// is a constant in a production build, which leaves the fixtures out.
if (import.meta.env.DEV && !('__TAURI_INTERNALS__' in window)) {
  const { installMock } = await import('./ipc/mock');
  installMock(new URLSearchParams(location.search).get('mock') ?? 'home');
  const { standInForDrops } = await import('./ipc/mock/drops');
  standInForDrops();
}

createRoot(root).render(<App />);
