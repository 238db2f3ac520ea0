// Draws the tray marks and renders every icon from icons/icon.svg. Run by `make icons`, results are committed.
// The shape tells the state (template icons have no colour); colour is added where the tray keeps it.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = join(root, process.platform === 'win32' ? 'ui/node_modules/.bin/tauri.cmd' : 'ui/node_modules/.bin/tauri');
const tray = join(root, 'icons/tray');
const work = mkdtempSync(join(tmpdir(), 'holdfast-icons-'));

// On a grid of 16, so that the smallest size has its edges where pixels are.
const rock = (paint) => `<ellipse cx="8" cy="11.7" rx="2.6" ry="2.3" fill="${paint}" stroke="none"/>`;
const mark = (paint, hasRock) => `<g fill="none" stroke="${paint}" stroke-width="1.7" stroke-linecap="round">
    ${hasRock ? rock(paint) : ''}
    <path d="M8.6 1.2c-1.3 1.6.4 2.9-.6 4.7M8 5.9c-3.3.7-5.4 2.9-5.4 5.5 0 1.3.5 2.3 1.4 3.1M8 5.9c3.3.7 5.4 2.9 5.4 5.5 0 1.3-.5 2.3-1.4 3.1"/>
  </g>`;

const octagon = (r) => {
  const k = r * Math.SQRT2 - r; // Half an edge.
  const points = [[-k, -r], [k, -r], [r, -k], [r, k], [k, r], [-k, r], [-r, k], [-r, -k]];
  return points.map(([x, y]) => `${(11.6 + x).toFixed(2)},${(11.6 + y).toFixed(2)}`).join(' ');
};

// Each badge takes the place of the rock; what is cut out of the claw around it, and what is drawn there.
const states = {
  well: { paint: '#3E9DAE', cut: '', badge: '' },
  running: {
    paint: '#3E9DAE', badgePaint: '#3E9DAE',
    cut: '<circle cx="11.6" cy="11.6" r="4.7"/>',
    badge: '<circle cx="11.6" cy="11.6" r="3.3"/>',
  },
  paused: {
    paint: '#8C9C99', badgePaint: '#8C9C99',
    cut: '<rect x="7.2" y="6.7" width="8.8" height="9.3"/>',
    badge: '<rect x="8.7" y="8" width="2.3" height="7"/><rect x="12.7" y="8" width="2.3" height="7"/>',
  },
  warning: {
    paint: '#3E9DAE', badgePaint: '#E09112',
    cut: '<path d="M10.7 5 16 5V16H5.2Z"/>',
    badge: '<path d="M11.2 7.8 15.2 14.6H7.2Z" stroke-width="1.2" stroke-linejoin="round"/>',
  },
  'needs-you': {
    paint: '#3E9DAE', badgePaint: '#E0473A',
    cut: `<polygon points="${octagon(5.9)}"/>`,
    badge: `<path fill-rule="evenodd" d="M${octagon(4.4).replaceAll(' ', 'L')}ZM10.9 8.8h1.4v3.4h-1.4ZM10.9 13.1h1.4v1.4h-1.4Z"/>`,
  },
};

const draw = (state, paint, badgePaint) => `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 16">
  <mask id="m"><rect width="16" height="16" fill="#fff"/><g fill="#000">${state.cut}</g></mask>
  <g mask="url(#m)">${mark(paint, state.badge === '')}</g>
  <g fill="${badgePaint}" stroke="${badgePaint}" stroke-width="0">${state.badge}</g>
</svg>
`;

mkdirSync(tray, { recursive: true });
for (const [name, state] of Object.entries(states)) {
  const looks = { template: draw(state, '#000', '#000'), colour: draw(state, state.paint, state.badgePaint ?? state.paint) };
  for (const [look, svg] of Object.entries(looks)) {
    const source = join(work, `${name}.svg`);
    writeFileSync(source, svg);
    // 16 and 22 px are drawn by panels at single scale; the 44 px picture is what the program embeds.
    execFileSync(cli, ['icon', source, '--output', work, '--png', '16', '--png', '22', '--png', '32', '--png', '44']);
    writeFileSync(join(tray, `${name}-${look}.svg`), svg);
    renameSync(join(work, '44x44.png'), join(tray, `${name}-${look}.png`));
    if (process.env.HOLDFAST_ICON_PREVIEW) {
      for (const size of [16, 22, 32]) cpSync(join(work, `${size}x${size}.png`), join(process.env.HOLDFAST_ICON_PREVIEW, `${name}-${look}-${size}.png`));
    }
  }
}

// The application's own icon: PNG, ICO and ICNS; what only mobile systems want is left out.
execFileSync(cli, ['icon', join(root, 'icons/icon.svg'), '--output', work]);
for (const name of ['32x32.png', '64x64.png', '128x128.png', '128x128@2x.png', 'icon.png', 'icon.ico', 'icon.icns']) {
  cpSync(join(work, name), join(root, 'icons', name));
}
rmSync(work, { recursive: true });
