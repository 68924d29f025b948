// Charts as files: drawn again at a fixed size in the light tokens, so that a saved figure never depends on the window.
import { BasicPlatform, Chart, type ChartConfiguration } from 'chart.js';
import { Context } from 'svgcanvas';
import { exportTokens, type ChartTokens } from './chartTokens.ts';
import { registerCharts } from './registerCharts.ts';
import { writeText } from './svgText.ts';

type Build = (tokens: ChartTokens) => ChartConfiguration;

export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

const margin = 16;
const titleHeight = 28;

/** PNG at twice the size, on white. */
export async function drawPng(build: Build, size: ChartSize, title?: string): Promise<Blob> {
  await document.fonts.ready;
  const scale = 2;
  const inner = document.createElement('canvas');
  inner.width = size.width;
  inner.height = size.height;
  const chart = new Chart(inner, configFor(build, scale));
  const sheet = document.createElement('canvas');
  const top = title ? titleHeight : 0;
  sheet.width = (size.width + 2 * margin) * scale;
  sheet.height = (size.height + 2 * margin + top) * scale;
  const ctx = sheet.getContext('2d')!;
  ctx.fillStyle = exportTokens.sheet;
  ctx.fillRect(0, 0, sheet.width, sheet.height);
  if (title) {
    ctx.fillStyle = exportTokens.ink;
    ctx.font = `600 ${15 * scale}px ${exportTokens.sans}`;
    ctx.textBaseline = 'top';
    ctx.fillText(title, margin * scale, margin * scale);
  }
  ctx.drawImage(inner, margin * scale, (margin + top) * scale);
  chart.destroy();
  return new Promise((resolve, reject) => {
    sheet.toBlob(
      (blob) => (blob ? resolve(blob) : reject(new Error('the picture could not be encoded'))),
      'image/png',
    );
  });
}

/** SVG with real text and lines, on white. */
export function drawSvg(build: Build, size: ChartSize, title?: string): Blob {
  const ctx = new Context({ width: size.width, height: size.height });
  ctx.fillText = (text, x, y) => writeText(ctx, text, x, y);
  const canvas = { width: size.width, height: size.height, getContext: () => ctx };
  ctx.canvas = canvas;
  const chart = new Chart(canvas as unknown as HTMLCanvasElement, {
    ...configFor(build, 1),
    platform: BasicPlatform,
  });
  const svg = ctx.getSerializedSvg(true);
  chart.destroy();
  return new Blob([frameSvg(svg, size, title)], { type: 'image/svg+xml' });
}

/** Hands a file to the browser's downloads. */
export function download(file: { readonly name: string; readonly blob: Blob }): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file.blob);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function configFor(build: Build, scale: number): ChartConfiguration {
  registerCharts();
  const config = build(exportTokens);
  // Segment styles make Chart.js draw lines stroke by stroke, and not through Path2D, which svgcanvas does not know.
  const datasets = config.data.datasets.map((dataset) => ({ ...dataset, segment: {} }));
  return {
    ...config,
    data: { ...config.data, datasets },
    options: {
      ...config.options,
      // Zooming listens on the canvas, and the one that writes SVG is none.
      plugins: { ...config.options?.plugins, zoom: false as never },
      responsive: false,
      animation: false,
      devicePixelRatio: scale,
      events: [],
    },
  };
}

function frameSvg(svg: string, size: ChartSize, title?: string): string {
  const top = title ? titleHeight : 0;
  const width = size.width + 2 * margin;
  const height = size.height + 2 * margin + top;
  const name = title ? escapeXml(title) : '';
  const heading = `<text x="${margin}" y="${margin + 15}" font-family="${escapeXml(exportTokens.sans)}" font-size="15px" font-weight="600" fill="${exportTokens.ink}">${name}</text>`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">`,
    `<rect width="100%" height="100%" fill="${exportTokens.sheet}"/>`,
    title ? heading : '',
    `<g transform="translate(${margin},${margin + top})">${svg.replace(/^<\?xml[^>]*>/, '')}</g>`,
    '</svg>',
  ].join('');
}

function escapeXml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
