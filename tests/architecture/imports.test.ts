// Holds the arrows between rooms (ARCHITECTURE.md): who may import whom, and which room owns which native package.
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import { describe, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

const roomsBelowRun = [
  'engine/contract',
  'engine/random',
  'engine/nn',
  'engine/model',
  'engine/mimjepa',
  'engine/probe',
  'engine/trace',
  'engine/runtime',
  'engine/data',
  'engine/project',
];

/** Rooms each room may import at run time, besides itself. */
const allowedRooms: Readonly<Record<string, readonly string[]>> = {
  'engine/contract': [],
  'engine/random': [],
  'engine/nn': ['engine/contract', 'engine/random'],
  'engine/model': ['engine/contract', 'engine/random', 'engine/nn'],
  'engine/mimjepa': ['engine/contract', 'engine/random', 'engine/nn', 'engine/model'],
  'engine/probe': ['engine/contract', 'engine/random', 'engine/nn', 'engine/model'],
  'engine/trace': ['engine/contract'],
  'engine/runtime': ['engine/contract', 'engine/trace'],
  'engine/data': ['engine/contract', 'engine/random'],
  'engine/project': ['engine/contract'],
  'engine/run': roomsBelowRun,
  'engine/host': ['engine/contract', 'engine/run'],
  'engine/web': ['engine/contract'],
  'engine/serve': ['engine/contract', 'engine/host', 'engine/web'],
  'engine/cli': [...roomsBelowRun, 'engine/run', 'engine/host', 'engine/serve'],
  'electron/ipc': ['engine/contract'],
  'electron/main': ['engine/contract', 'engine/web', 'electron/ipc'],
  'electron/preload': ['engine/contract', 'electron/ipc'],
  'electron/engine': ['engine/contract', 'engine/host', 'engine/run', 'electron/ipc'],
};

/** What is no room's: the version, stored with each run, and where the app keeps its own data. */
const sharedData = new Set(['package.json', 'engine/project/dataFolder.ts']);
/** Files any room may import for their types alone. */
const sharedTypes = new Set(['engine/runtime/program.ts']);

/** Packages each room may import. */
const allowedPackages: Readonly<Record<string, readonly RegExp[]>> = {
  'engine/contract': [/^valibot$/],
  'engine/random': [],
  'engine/nn': [/^@tensorflow\/tfjs-core/],
  'engine/model': [/^@tensorflow\/tfjs-core/],
  'engine/mimjepa': [/^@tensorflow\/tfjs-core/],
  'engine/probe': [/^@tensorflow\/tfjs-core/, /^ml-matrix$/],
  'engine/trace': [/^@tensorflow\/tfjs-core/, /^onnx-proto/],
  'engine/runtime': [/^@tensorflow\/tfjs-/, /^onnxruntime-node$/, /^node:/],
  'engine/data': [/^sharp$/, /^papaparse$/, /^node:/, /^utif2?$/, /^fflate$/],
  'engine/project': [/^better-sqlite3$/, /^node:/],
  'engine/run': [/^node:/, /^fflate$/, /^@tensorflow\/tfjs-core/],
  'engine/host': [/^node:/, /^valibot$/],
  'engine/web': [/^node:/],
  'engine/serve': [/^node:/, /^ws$/, /^@msgpack\/msgpack$/],
  'engine/cli': [/^node:/, /^commander$/],
  'electron/ipc': [/^valibot$/],
  'electron/main': [/^electron$/, /^node:/, /^valibot$/],
  'electron/preload': [/^electron$/],
  'electron/engine': [/^node:/],
};

interface Import {
  readonly specifier: string;
  readonly typeOnly: boolean;
}

function listSources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return listSources(path);
    return /\.(ts|svelte)$/.test(entry.name) ? [path] : [];
  });
}

function readImports(source: string): Import[] {
  const statements =
    /^\s*(import|export)(\s+type)?\s[^;]*?from\s+['"]([^'"]+)['"]|^\s*import\s+['"]([^'"]+)['"]|import\(\s*['"]([^'"]+)['"]\s*\)/gm;
  return [...source.matchAll(statements)].map((match) => ({
    specifier: (match[3] ?? match[4] ?? match[5])!,
    typeOnly: match[2] !== undefined,
  }));
}

function roomOf(path: string): string {
  return relative(root, path).split(sep).slice(0, 2).join('/');
}

function findViolations(file: string): string[] {
  const room = roomOf(file);
  const name = relative(root, file);
  return readImports(readFileSync(file, 'utf8')).flatMap(({ specifier, typeOnly }) => {
    if (!specifier.startsWith('.')) {
      const allowed = allowedPackages[room]?.some((pattern) => pattern.test(specifier)) ?? false;
      return allowed || typeOnly ? [] : [`${name} imports the package ${specifier}`];
    }
    const target = relative(root, join(dirname(file), specifier))
      .split(sep)
      .join('/');
    const targetRoom = target.split('/').slice(0, 2).join('/');
    if (targetRoom === room || allowedRooms[room]?.includes(targetRoom) || sharedData.has(target)) return [];
    return typeOnly && sharedTypes.has(target) ? [] : [`${name} imports ${target}`];
  });
}

/** Rooms of the interface each of its rooms may import, besides itself. A screen is a room of its own. */
const allowedRendererRooms: Readonly<Record<string, readonly string[]>> = {
  widgets: [],
  charts: ['widgets'],
  bridge: [],
  state: ['bridge'],
  screens: ['app', 'state', 'charts', 'widgets'],
  app: ['bridge', 'state', 'charts', 'widgets'],
  gallery: ['charts', 'widgets'],
};
/** Rooms that may be imported for their types alone: a screen's state is handed the engine's client. */
const allowedRendererTypes: Readonly<Record<string, readonly string[]>> = { screens: ['bridge'] };
/** Pure words about numbers, of no room in particular. */
const rendererWords = 'renderer/widgets/format.ts';
/** The one place of the frame that knows the screens. */
const outlet = 'renderer/app/ScreenOutlet.svelte';

/** `widgets`, or for a screen `screens/home`. */
function rendererRoomOf(path: string): string {
  const [, room, screen] = path.split('/');
  return room === 'screens' ? `screens/${screen}` : room!;
}

/** Whether a file of the interface may import another of it. */
function isAllowedInRenderer(file: string, target: string, typeOnly: boolean): boolean {
  const [from, to] = [rendererRoomOf(file), rendererRoomOf(target)];
  if (from === to || target === rendererWords || target.startsWith('renderer/styles/')) return true;
  const [kind, targetKind] = [from.split('/')[0]!, to.split('/')[0]!];
  if (targetKind === 'screens') return file === outlet;
  if (typeOnly && allowedRendererTypes[kind]?.includes(targetKind)) return true;
  return allowedRendererRooms[kind]?.includes(targetKind) ?? false;
}

const bridgeTypes = 'electron/ipc/bridge.ts';
/** Packages that are nothing for a page. */
const notForPages = /^(node:|electron$|ws$|sharp$|better-sqlite3$|onnxruntime-node$|@tensorflow\/)/;

function findRendererViolations(file: string): string[] {
  const name = relative(root, file);
  return readImports(readFileSync(file, 'utf8')).flatMap(({ specifier, typeOnly }) => {
    if (!specifier.startsWith('.')) {
      return notForPages.test(specifier) ? [`${name} imports the package ${specifier}`] : [];
    }
    const target = relative(root, join(dirname(file), specifier))
      .split(sep)
      .join('/');
    if (/^(engine\/contract|docs)\//.test(target)) return [];
    const source = name.split(sep).join('/');
    if (target.startsWith('renderer/') && isAllowedInRenderer(source, target, typeOnly)) return [];
    return typeOnly && target === bridgeTypes ? [] : [`${name} imports ${target}`];
  });
}

describe('rooms', () => {
  const sources = [...listSources(join(root, 'engine')), ...listSources(join(root, 'electron'))];

  test('every source of the engine and the desktop shell lies in a room with a rule', () => {
    expect(sources.map(roomOf).filter((room) => !(room in allowedRooms))).toEqual([]);
    expect(sources.length).toBeGreaterThan(3);
  });

  test('rooms import only along the arrows', () => {
    expect(sources.flatMap(findViolations)).toEqual([]);
  });

  test('the interface imports along its own arrows, the contract and the types of its bridge, and nothing that a browser has not', () => {
    const files = listSources(join(root, 'renderer')).filter((file) => !file.endsWith('vite.config.ts'));
    expect(files.length).toBeGreaterThan(3);
    expect(files.flatMap(findRendererViolations)).toEqual([]);
  });

  test('the rooms of the interface: widgets know no state, screens not each other, and the frame knows them in one place', () => {
    const page = (file: string, target: string, typeOnly = false) =>
      isAllowedInRenderer(`renderer/${file}`, `renderer/${target}`, typeOnly);
    expect(page('charts/Chart.svelte', 'widgets/Menu.svelte')).toBe(true);
    expect(page('widgets/Menu.svelte', 'charts/palette.ts')).toBe(false);
    expect(page('charts/Chart.svelte', 'state/toasts.svelte.ts', true)).toBe(false);
    expect(page('state/toasts.svelte.ts', 'app/commands.ts')).toBe(false);
    expect(page('screens/run/words.ts', 'screens/runs/words.ts')).toBe(false);
    expect(page('screens/run/state.ts', 'bridge/transport.ts', true)).toBe(true);
    expect(page('screens/run/state.ts', 'bridge/transport.ts')).toBe(false);
    expect(page('app/Sidebar.svelte', 'screens/run/RunScreen.svelte')).toBe(false);
    expect(page('app/ScreenOutlet.svelte', 'screens/run/RunScreen.svelte')).toBe(true);
  });

  test('the reader of imports sees static, type-only, bare and dynamic imports', () => {
    const source = [
      "import { a } from './a.ts';",
      "import type { B } from '../b.ts';",
      "import 'c';",
      "export {\n  d,\n} from 'd';",
      "const e = await import('e');",
    ].join('\n');
    expect(readImports(source)).toEqual([
      { specifier: './a.ts', typeOnly: false },
      { specifier: '../b.ts', typeOnly: true },
      { specifier: 'c', typeOnly: false },
      { specifier: 'd', typeOnly: false },
      { specifier: 'e', typeOnly: false },
    ]);
  });
});
