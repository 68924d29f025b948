// The whole interface's state: the engine, where one is, the open project, the person's settings. Made once and handed down.
import { getContext, setContext } from 'svelte';
import { SvelteMap } from 'svelte/reactivity';
import type { DesktopBridge } from '../../electron/ipc/bridge.ts';
import type { AboutInfo, AppSettings, Theme } from '../../engine/contract/app.ts';
import { projectOf, type Route } from './routes.ts';
import { Router } from './router.svelte.ts';
import { EngineClient } from '../bridge/engineClient.svelte.ts';
import type { Transport } from '../bridge/transport.ts';
import { FilePicker } from './filePicker.svelte.ts';
import { ProjectState } from './projectState.svelte.ts';
import { Toasts } from './toasts.svelte.ts';

export class AppState {
  readonly client: EngineClient;
  /** Null in a browser. */
  readonly desktop: DesktopBridge | null;
  readonly router = new Router();
  readonly toasts = new Toasts();
  readonly picker: FilePicker;
  project = $state.raw<ProjectState | null>(null);
  settings = $state.raw<AppSettings | null>(null);
  about = $state.raw<AboutInfo | null>(null);
  isPaletteOpen = $state(false);
  #projects = new SvelteMap<string, ProjectState>();
  /** Images that a project which was just made is for: folder of the project, path of the images. */
  readonly #toImport = new Map<string, string>();
  /** The project whose run is in training: the open one first, then any that was opened before. */
  readonly trainingProject = $derived.by(
    () => [this.project, ...this.#projects.values()].find((project) => project?.training) ?? null,
  );

  constructor(transport: Transport, desktop: DesktopBridge | null) {
    this.client = new EngineClient(transport);
    this.desktop = desktop;
    this.picker = new FilePicker(desktop);
  }

  get route(): Route {
    return this.router.route;
  }

  go(route: Route): void {
    this.router.go(route);
  }

  /** Goes to a project that was just made, and looks at the images that it is for. */
  goToImport(project: string, path: string): void {
    this.#toImport.set(project, path);
    this.go({ screen: 'images', project, dataset: null });
  }

  /** Loads what every screen needs. */
  async start(): Promise<void> {
    this.settings = await this.client.request('settings.show', {});
    this.#applyTheme(this.settings.theme);
    this.about = await this.client.request('about.show', {});
  }

  /** Makes the route's project the open one. Projects that were open stay so, that their runs are followed. */
  async followRoute(route: Route): Promise<void> {
    const folder = projectOf(route);
    if (folder === (this.project?.folder ?? null)) return;
    if (folder === null) {
      // Settings and the like keep the project they were opened from; home leaves it.
      if (route.screen === 'home') this.project = null;
      return;
    }
    const known = this.#projects.get(folder);
    const project = known ?? new ProjectState(this.client, folder);
    this.#projects.set(folder, project);
    this.project = project;
    const path = this.#toImport.get(folder);
    this.#toImport.delete(folder);
    if (path !== undefined) void project.importing.inspect(path);
    await (known ? known.refresh().catch(() => known.open()) : project.open());
  }

  /** Reads again what an engine that was started anew may know better. */
  async recover(): Promise<void> {
    await Promise.all([...this.#projects.values()].map((project) => project.open()));
  }

  async changeSettings(change: Partial<AppSettings>): Promise<void> {
    this.settings = await this.client.request('settings.change', change);
    this.#applyTheme(this.settings.theme);
  }

  /** Shows what went wrong where no place on the screen is nearer; being cancelled is no news. */
  report(error: unknown, doing: string): void {
    this.toasts.report(error, doing);
  }

  /** Does something; reports where it fails (null then). */
  attempt<Result>(doing: string, act: () => Promise<Result>): Promise<Result | null> {
    return this.toasts.attempt(doing, act);
  }

  #applyTheme(theme: Theme): void {
    if (theme === 'system') delete document.documentElement.dataset['theme'];
    else document.documentElement.dataset['theme'] = theme;
    this.desktop?.setTheme(theme);
  }
}

const key = Symbol('app');

export function provideApp(app: AppState): AppState {
  return setContext(key, app);
}

/** The app's state, inside any component below App.svelte. */
export function useApp(): AppState {
  return getContext<AppState>(key);
}
