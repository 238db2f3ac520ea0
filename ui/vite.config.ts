import react from '@vitejs/plugin-react';
import { defineConfig } from 'vitest/config';

// Relative paths, and no inlined assets: the window loads the page from its own scheme under a
// Content-Security-Policy that knows no other origin.
export default defineConfig({
  base: './',
  plugins: [react()],
  clearScreen: false,
  server: { port: 5173, strictPort: true },
  build: { outDir: 'dist', emptyOutDir: true, assetsInlineLimit: 0, chunkSizeWarningLimit: 1200 },
  test: {
    environment: 'jsdom',
    // The days of the fixtures begin at the same moments everywhere.
    env: { TZ: 'UTC' },
    setupFiles: ['src/app/testing/setup.ts'],
    include: ['src/**/*.test.{ts,tsx}'],
    css: false,
    maxWorkers: 1,
    // Reading every module again for each file took most of the time.
    isolate: false,
    testTimeout: 40_000,
  },
});
