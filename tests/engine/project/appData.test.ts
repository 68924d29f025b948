import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppData } from '../../../engine/project/appData.ts';
import { findDataFolder } from '../../../engine/project/dataFolder.ts';

let root: string;
let folder: string;
let app: AppData;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'thimble-app-'));
  folder = join(root, 'data');
  app = new AppData(folder);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const codeOf = (code: string) => expect.objectContaining({ code });

describe('where the app keeps its own data', () => {
  test('is what THIMBLE_DATA says, else the usual place of the platform', () => {
    expect(findDataFolder({ THIMBLE_DATA: '/elsewhere' }, 'linux', '/home/ann')).toBe('/elsewhere');
    expect(findDataFolder({}, 'linux', '/home/ann')).toBe('/home/ann/.local/share/thimble');
    expect(findDataFolder({ XDG_DATA_HOME: '/data' }, 'linux', '/home/ann')).toBe('/data/thimble');
    expect(findDataFolder({}, 'darwin', '/Users/ann')).toBe('/Users/ann/Library/Application Support/Thimble');
    expect(findDataFolder({ APPDATA: '/Roaming' }, 'win32', '/Users/ann')).toBe(join('/Roaming', 'Thimble'));
  });

  test('is not made before there is something to keep', () => {
    expect([app.readSettings().theme, app.listRecents()]).toEqual(['system', []]);
    expect(existsSync(folder)).toBe(false);
  });
});

describe('settings', () => {
  test('change one by one and are there for the next start', () => {
    app.changeSettings({ theme: 'dark', executor: undefined });
    app.changeSettings({ cacheBytes: 5e6 });
    expect(app.changeSettings({ projectsFolder: 'here' }).projectsFolder).toBe(join(process.cwd(), 'here'));
    expect(new AppData(folder).readSettings()).toMatchObject({
      theme: 'dark',
      executor: 'auto',
      cacheBytes: 5e6,
    });
    expect(readdirSync(folder)).toEqual(['settings.json']);
  });

  test('that nobody can read are set aside, and the defaults hold', () => {
    mkdirSync(folder);
    for (const damaged of ['', '{"theme": "dark"', '[]', 'null', '\0\0\0\0']) {
      writeFileSync(join(folder, 'settings.json'), damaged);
      expect(app.readSettings()).toMatchObject({ theme: 'system', executor: 'auto', cacheBytes: 4e9 });
      const aside = readdirSync(folder).filter((name) => name.startsWith('settings.json.damaged-'));
      expect(aside.map((name) => readFileSync(join(folder, name), 'utf8'))).toContain(damaged);
      expect(existsSync(join(folder, 'settings.json'))).toBe(false);
    }
    expect(app.changeSettings({ theme: 'light' }).theme).toBe('light');
  });

  test('of another version lose only what is not understood', () => {
    mkdirSync(folder);
    writeFileSync(
      join(folder, 'settings.json'),
      JSON.stringify({ theme: 'sepia', cacheBytes: -1, executor: 'webgpu', projectsFolder: '/p' }),
    );
    expect(app.readSettings()).toEqual({
      theme: 'system',
      cacheBytes: 4e9,
      executor: 'webgpu',
      projectsFolder: '/p',
    });
  });

  test('say so where they cannot be written', () => {
    writeFileSync(join(root, 'data'), 'a file where the folder should be');
    expect(() => app.changeSettings({ theme: 'dark' })).toThrow(codeOf('file.unwritable'));
    expect(app.readSettings().theme).toBe('system');
  });
});

test.skipIf(process.platform === 'win32')('a file that cannot be read just now is not replaced', () => {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, 'recent-projects.json');
  // A circle of links: there, but nobody can open it.
  symlinkSync(path, path);
  expect(app.listRecents()).toEqual([]);
  expect(() => app.rememberProject('/a')).toThrow(expect.objectContaining({ code: 'file.unreadable' }));
  expect(lstatSync(path).isSymbolicLink()).toBe(true);
});

describe('recent projects', () => {
  const folders = () => app.listRecents().map((recent) => recent.folder);

  test('stand newest first, each once, and can be forgotten and moved', () => {
    for (const name of ['/a', '/b', '/c', '/a']) app.rememberProject(name);
    expect(folders()).toEqual(['/a', '/c', '/b']);
    app.moveProject('/c', '/d');
    app.moveProject('/b', '/a');
    expect(folders()).toEqual(['/d', '/a']);
    app.forgetProject('/d');
    expect(folders()).toEqual(['/a']);
  });

  test('are at most fifty, and an entry that is none is left out', () => {
    for (let i = 0; i < 60; i++) app.rememberProject(`/p${i}`);
    expect([folders().length, folders()[0]]).toEqual([50, '/p59']);
    writeFileSync(
      join(folder, 'recent-projects.json'),
      JSON.stringify([{ folder: 3, lastOpenedMs: 1 }, null, { folder: '/x', lastOpenedMs: 1 }]),
    );
    expect(folders()).toEqual(['/x']);
  });
});

test('measured rates of which a number is missing are measured again', () => {
  const rate = { imagesPerSecond: 10, stepMs: 320, atMs: 1 };
  app.deviceRates.update((rates) => ({ ...rates, 'compiled-cpu': rate }));
  writeFileSync(
    app.deviceRates.path,
    JSON.stringify({ 'compiled-cpu': rate, webgpu: { imagesPerSecond: null } }),
  );
  expect(app.deviceRates.read()).toEqual({ 'compiled-cpu': rate });
});
