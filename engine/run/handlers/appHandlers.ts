// Requests about the app itself: recent projects, the person's settings, this machine, folders to choose from.
import { cpus, totalmem } from 'node:os';
import { version } from '../../../package.json' with { type: 'json' };
import { describeHome } from '../homeCards.ts';
import { listFolders } from '../listFolders.ts';
import { readVersions } from '../training/versions.ts';
import type { HandlersOf } from './handler.ts';

export const appHandlers: HandlersOf<
  | 'home.show'
  | 'home.forget'
  | 'home.relink'
  | 'settings.show'
  | 'settings.change'
  | 'about.show'
  | 'folder.list'
> = {
  'home.show': (_payload, call) => describeHome(call),
  'home.forget': ({ folder }, call) => {
    call.app.forgetProject(folder);
    return describeHome(call);
  },
  'home.relink': ({ folder, newFolder }, call) => {
    // Only a project can take a project's place.
    call.peekProject(newFolder, () => undefined);
    call.app.moveProject(folder, newFolder);
    return describeHome(call);
  },
  'settings.show': (_payload, call) => call.app.readSettings(),
  'settings.change': (change, call) => call.app.changeSettings(change),
  'about.show': (_payload, call) => ({
    version,
    versions: readVersions(),
    dataFolder: call.app.folder,
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cpuCores: cpus().length,
    memoryBytes: totalmem(),
  }),
  'folder.list': ({ path }) => listFolders(path),
};
