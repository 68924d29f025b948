// Draws the app's icons into resources/icons and the page's into renderer/public: a thimble, with dimples.
// usage: node scripts/launch.mjs scripts/icons/draw.mjs
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { encodeIcns, encodeIco } from './containers.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const icons = join(root, 'resources', 'icons');
const colors = { paper: '#FBFAF7', rule: '#E4E0D8', body: '#0B6E69', rim: '#084F4B', dimple: '#E3F1EF' };

const bodyPath = 'M364 372C364 232 660 232 660 372L724 690H300Z';
const rim = { x: 272, y: 690, width: 480, height: 88, radius: 30 };

/** Rows of dimples that widen as the thimble does. */
function listDimples() {
  const rows = [
    { y: 352, count: 4, half: 102 },
    { y: 436, count: 5, half: 122 },
    { y: 520, count: 5, half: 140 },
    { y: 604, count: 6, half: 160 },
  ];
  return rows.flatMap(({ y, count, half }) =>
    Array.from({ length: count }, (_, index) => ({ x: 512 - half + (2 * half * index) / (count - 1), y })),
  );
}

function drawThimble(body, rimColor, dimple) {
  const dimples = listDimples()
    .map(({ x, y }) => `<circle cx="${Math.round(x)}" cy="${y}" r="21" fill="${dimple}"/>`)
    .join('');
  return `<path d="${bodyPath}" fill="${body}"/>${dimples}<rect x="${rim.x}" y="${rim.y}" width="${rim.width}" height="${rim.height}" rx="${rim.radius}" fill="${rimColor}"/>`;
}

function wrap(content) {
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1024 1024">${content}</svg>\n`;
}

const tile = `<rect x="72" y="72" width="880" height="880" rx="200" fill="${colors.paper}" stroke="${colors.rule}" stroke-width="8"/>`;
const appIcon = wrap(tile + drawThimble(colors.body, colors.rim, colors.dimple));
/** For small sizes: the thimble alone, filling its square. */
const bareIcon = wrap(
  `<g transform="translate(512 512) scale(1.66) translate(-512 -522)">${drawThimble(colors.body, colors.rim, colors.dimple)}</g>`,
);
/** macOS colours a template by itself: only what is opaque counts. */
const templateIcon = wrap(
  `<mask id="holes"><rect width="1024" height="1024" fill="#fff"/>${listDimples()
    .map(({ x, y }) => `<circle cx="${Math.round(x)}" cy="${y}" r="21" fill="#000"/>`)
    .join('')}<rect x="0" y="676" width="1024" height="20" fill="#000"/></mask>` +
    `<g transform="translate(512 512) scale(1.66) translate(-512 -522)"><g mask="url(#holes)">${drawThimble('#000', '#000', '#000')}</g></g>`,
);

function render(svg, size) {
  return sharp(Buffer.from(svg), { density: 72 * Math.max(1, size / 256) })
    .resize(size, size)
    .png({ compressionLevel: 9, palette: size > 64 })
    .toBuffer();
}

async function renderAll(sizes) {
  const pairs = await Promise.all(
    sizes.map(async (size) => [size, await render(size <= 48 ? bareIcon : appIcon, size)]),
  );
  return new Map(pairs);
}

mkdirSync(icons, { recursive: true });
mkdirSync(join(root, 'renderer', 'public'), { recursive: true });
const images = await renderAll([16, 24, 32, 48, 64, 128, 256, 512, 1024]);
for (const size of [16, 32, 48, 64, 128, 256, 512]) {
  writeFileSync(join(icons, `icon-${size}.png`), images.get(size));
}
writeFileSync(join(icons, 'icon.ico'), encodeIco(images));
writeFileSync(join(icons, 'icon.icns'), encodeIcns(images));
writeFileSync(join(icons, 'trayTemplate.png'), await render(templateIcon, 18));
writeFileSync(join(icons, 'trayTemplate@2x.png'), await render(templateIcon, 36));
writeFileSync(join(root, 'renderer', 'public', 'icon.svg'), bareIcon);
