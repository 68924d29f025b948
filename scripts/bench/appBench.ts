// Measures how the app feels with 50,000 images and 200 runs of 20,000 points: how long the engine keeps others waiting, and
// what the page's thread does for each frame and each press. Prints a table, and JSON with --json FILE.
// usage: node scripts/launch.mjs scripts/bench/appBench.ts [--folder FOLDER] [--images N] [--runs N] [--json FILE]
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { createProject, openProject } from '../../engine/project/project.ts';
import { runThimble } from '../browser/demoProject.ts';
import { launchBrowser } from '../browser/launchBrowser.ts';
import { serveApp } from '../browser/servedApp.ts';
import { buildEngine, isBuildStale } from '../build.mjs';
import { makeManyImages } from './manyImages.ts';
import { makeManyRuns } from './manyRuns.ts';
import { measurePages } from './measurePages.ts';
import type { PageFigure } from './pageWatch.ts';

const { values } = parseArgs({
  options: {
    /** Kept, and used again where the project is there already; else a temporary one. */
    folder: { type: 'string' },
    images: { type: 'string', default: '50000' },
    classes: { type: 'string', default: '1000' },
    runs: { type: 'string', default: '200' },
    points: { type: 'string', default: '20000' },
    json: { type: 'string' },
  },
});

const say = (sentence: string) => void process.stderr.write(`${sentence}\n`);

async function makeProject(root: string): Promise<string> {
  const folder = join(root, 'project');
  if (existsSync(folder)) return folder;
  say(`Making ${values.images} images and ${values.runs} runs`);
  const made = createProject(folder, 'very many');
  const [images, classes] = [Number(values.images), Number(values.classes)];
  const datasetId = await makeManyImages(made, { folder: join(root, 'images'), images, classes });
  made.close();
  await runThimble(['split', 'create', String(datasetId), '--project', folder], {
    THIMBLE_DATA: join(root, 'data'),
  });
  const project = openProject(folder);
  const [runs, points] = [Number(values.runs), Number(values.points)];
  makeManyRuns(project, { datasetId, splitId: 1, runs, points, whole: Math.min(8, runs) });
  // As if nobody had looked for look-alikes yet: the screen must be quick before they are known, too.
  for (const table of ['look_alike_searches', 'identical_images', 'alike_images']) {
    project.database.prepare(`DELETE FROM ${table}`).run();
  }
  project.close();
  return folder;
}

const columns: readonly (readonly [string, keyof PageFigure])[] = [
  ['response', 'responseMs'],
  ['thread', 'threadMs'],
  ['script', 'scriptMs'],
  ['style', 'styleMs'],
  ['layout', 'layoutMs'],
  ['longest', 'longestTaskMs'],
  ['engine', 'engineMs'],
  ['shift', 'layoutShift'],
];

function renderTable(figures: readonly PageFigure[]): string {
  const width = Math.max(...figures.map(({ what }) => what.length));
  const header = ['milliseconds'.padEnd(width), ...columns.map(([title]) => title.padStart(9))].join('');
  const rows = figures.map((figure) => {
    const cells = columns.map(([, key]) => {
      const value = figure[key];
      const text = typeof value === 'number' ? value.toFixed(key === 'layoutShift' ? 3 : 1) : '–';
      return text.padStart(9);
    });
    return [figure.what.padEnd(width), ...cells].join('');
  });
  return [header, ...rows].join('\n');
}

if (isBuildStale()) await buildEngine();
const root =
  values.folder === undefined ? mkdtempSync(join(tmpdir(), 'thimble-smooth-')) : resolve(values.folder);
const project = await makeProject(root);
const app = await serveApp();
const browser = await launchBrowser();
try {
  const [before] = loadavg();
  const figures = await measurePages({ browser, url: app.url, project, say });
  const [after] = loadavg();
  const machine = `${cpus()[0]?.model}, ${availableParallelism()} cores, load ${before!.toFixed(1)} to ${after!.toFixed(1)}`;
  process.stdout.write(`${machine}\n${renderTable(figures)}\n`);
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ machine, figures }, null, 2));
} finally {
  await browser.close();
  await app.stop();
  if (values.folder === undefined) rmSync(root, { recursive: true, force: true });
}
