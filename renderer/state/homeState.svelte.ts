// The home screen: recent projects, and the ways to a new one.
import type { HomeInfo } from '../../engine/contract/app.ts';
import type { ScanProgress } from '../../engine/contract/dataset.ts';
import { EngineError } from '../../engine/contract/errors.ts';
import type { EngineClient } from '../bridge/engineClient.svelte.ts';
import { formatNumber } from '../widgets/format.ts';
import { folderNameOf, joinPath } from './paths.ts';

/** How the sample's project comes to be, for the person who waits. */
export interface SampleProgress {
  readonly words: string;
  readonly share: number | null;
}

const sampleName = 'Diatoms, the sample';
/** How many names are tried when the folder is taken. */
const mostTries = 50;

export class HomeState {
  info = $state.raw<HomeInfo | null>(null);
  error = $state.raw<EngineError | null>(null);
  /** Null unless the sample is being opened. */
  sample = $state.raw<SampleProgress | null>(null);
  readonly #client: EngineClient;

  constructor(client: EngineClient) {
    this.#client = client;
  }

  async load(): Promise<void> {
    try {
      this.info = await this.#client.request('home.show', {});
      this.error = null;
    } catch (error) {
      this.error = error as EngineError;
    }
  }

  /** Where a project of this name would go; empty while there is no name. */
  placeFor(name: string, parent = this.info?.projectsFolder ?? ''): string {
    const folderName = folderNameOf(name);
    return folderName === '' || parent === '' ? '' : joinPath(parent, folderName);
  }

  /** Makes a project and returns its folder. Rejects with what the engine says. */
  async create(name: string, folder: string): Promise<string> {
    return (await this.#client.request('project.create', { folder, name: name.trim() })).folder;
  }

  /** As create, in the first of `Name`, `Name 2`, … that is free. */
  async #createWhereFree(name: string): Promise<string> {
    for (let attempt = 1; ; attempt++) {
      const numbered = attempt === 1 ? name : `${name} ${attempt}`;
      try {
        return await this.create(numbered, this.placeFor(numbered));
      } catch (error) {
        const isTaken = error instanceof EngineError && error.code === 'project.invalid';
        if (!isTaken || attempt === mostTries) throw error;
      }
    }
  }

  /** A new project with the images that ship with Thimble, imported and divided. Returns its folder. */
  async openSample(): Promise<string> {
    this.sample = { words: 'Making a project', share: null };
    try {
      const project = await this.#createWhereFree(sampleName);
      const path = this.info!.sampleFolder;
      const dataset = await this.#client.request(
        'dataset.import',
        { project, path, name: 'Diatoms' },
        {
          onEvent: (name, event) => {
            if (name === 'import.progress') this.#showImport(event as ScanProgress);
          },
        },
      );
      this.sample = { words: 'Dividing into train, validation and test', share: null };
      await this.#client.request('split.create', { project, dataset: dataset.id });
      return project;
    } finally {
      this.sample = null;
    }
  }

  #showImport({ done, total }: ScanProgress): void {
    const share = total > 0 ? done / total : null;
    this.sample = { words: `Reading images: ${formatNumber(done)} of ${formatNumber(total)}`, share };
  }

  /** Takes a project off the list; nothing on disk changes. */
  async forget(folder: string): Promise<void> {
    this.info = await this.#client.request('home.forget', { folder });
  }

  /** Whether a folder of the engine's machine is a project; false for what is no folder at all. */
  async isProject(path: string): Promise<boolean> {
    const list = (folder: string) => this.#client.request('folder.list', { path: folder });
    const here = await list(path).catch(() => null);
    if (here === null || here.parent === null) return false;
    const { folders } = await list(here.parent);
    return folders.some((each) => each.isProject && each.path === here.path);
  }

  /** Tells where a project that moved is now. */
  async relink(folder: string, newFolder: string): Promise<void> {
    this.info = await this.#client.request('home.relink', { folder, newFolder });
  }
}
