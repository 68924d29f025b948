// What the app remembers that belongs to no project: recent projects, settings, and what was measured on this machine. One
// file a concern, in a folder of the app's own.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import type { DeviceInfo } from '../contract/answers.ts';
import { themes, type AppSettings, type Theme } from '../contract/app.ts';
import { JsonFile, type JsonContent } from './jsonFile.ts';

export interface RecentProject {
  /** Absolute. */
  readonly folder: string;
  readonly lastOpenedMs: number;
}

export type MeasuredRate = NonNullable<DeviceInfo['measured']>;

/** Older projects than this many are forgotten. */
const mostRecents = 50;
const defaultCacheBytes = 4e9;

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function defaultProjectsFolder(): string {
  const documents = join(homedir(), 'Documents');
  return join(existsSync(documents) ? documents : homedir(), 'Thimble');
}

const text = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value : undefined;

/** A field that cannot be used has its default; the others stay. */
function parseSettings(value: unknown): AppSettings | null {
  if (!isFields(value)) return null;
  const { theme, cacheBytes } = value;
  const isSize = typeof cacheBytes === 'number' && Number.isFinite(cacheBytes) && cacheBytes > 0;
  return {
    theme: themes.includes(theme as Theme) ? (theme as Theme) : 'system',
    projectsFolder: text(value['projectsFolder']) ?? defaultProjectsFolder(),
    executor: text(value['executor']) ?? 'auto',
    cacheBytes: isSize ? cacheBytes : defaultCacheBytes,
  };
}

function parseRecents(value: unknown): readonly RecentProject[] | null {
  if (!Array.isArray(value)) return null;
  return value.flatMap((entry: unknown): RecentProject[] => {
    if (!isFields(entry)) return [];
    const { folder, lastOpenedMs } = entry;
    return typeof folder === 'string' && typeof lastOpenedMs === 'number' ? [{ folder, lastOpenedMs }] : [];
  });
}

/** Values by name whose numbers are all there; others are left out. */
function namedValues<T>(numbers: readonly string[]): JsonContent<Readonly<Record<string, T>>> {
  const isWhole = (value: unknown) =>
    isFields(value) && numbers.every((name) => typeof value[name] === 'number');
  return {
    parse: (value) =>
      isFields(value)
        ? (Object.fromEntries(Object.entries(value).filter(([, each]) => isWhole(each))) as Record<string, T>)
        : null,
    makeDefault: () => ({}),
  };
}

export class AppData {
  /** Absolute. */
  readonly folder: string;
  /** Rate of the quick preset by executor and machine, as measured last. */
  readonly deviceRates: JsonFile<Readonly<Record<string, MeasuredRate>>>;
  readonly #settings: JsonFile<AppSettings>;
  readonly #recents: JsonFile<readonly RecentProject[]>;

  /** Touches no file. */
  constructor(folder: string) {
    this.folder = resolve(folder);
    const pathOf = (name: string) => join(this.folder, `${name}.json`);
    this.#settings = new JsonFile(pathOf('settings'), {
      parse: parseSettings,
      makeDefault: () => parseSettings({})!,
    });
    this.#recents = new JsonFile(pathOf('recent-projects'), { parse: parseRecents, makeDefault: () => [] });
    this.deviceRates = new JsonFile(
      pathOf('device-rates'),
      namedValues<MeasuredRate>(['imagesPerSecond', 'stepMs', 'atMs']),
    );
  }

  readSettings(): AppSettings {
    return this.#settings.read();
  }

  /** Changes the settings that are named. Throws disk.full, file.unwritable. */
  changeSettings(change: Partial<AppSettings>): AppSettings {
    const { projectsFolder } = change;
    const absolute =
      projectsFolder === undefined ? change : { ...change, projectsFolder: resolve(projectsFolder) };
    const named = Object.entries(absolute).filter(([, value]) => value !== undefined);
    return this.#settings.update((settings) => ({ ...settings, ...Object.fromEntries(named) }));
  }

  /** Newest first. */
  listRecents(): readonly RecentProject[] {
    return this.#recents.read();
  }

  /** Puts a project first. Throws disk.full, file.unwritable. */
  rememberProject(folder: string): void {
    const opened = { folder: resolve(folder), lastOpenedMs: Date.now() };
    this.#recents.update((recents) =>
      [opened, ...recents.filter((recent) => recent.folder !== opened.folder)].slice(0, mostRecents),
    );
  }

  forgetProject(folder: string): void {
    const path = resolve(folder);
    this.#recents.update((recents) => recents.filter((recent) => recent.folder !== path));
  }

  /** Notes that a project is elsewhere now; it keeps its place in the list. */
  moveProject(folder: string, newFolder: string): void {
    const [from, to] = [resolve(folder), resolve(newFolder)];
    this.#recents.update((recents) =>
      recents
        .filter((recent) => recent.folder !== to || from === to)
        .map((recent) => (recent.folder === from ? { ...recent, folder: to } : recent)),
    );
  }
}
