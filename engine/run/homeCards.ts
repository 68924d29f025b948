// The home screen's cards: what the recent projects are, told without opening any of them for good.
import type { HomeInfo, ProjectCard } from '../contract/app.ts';
import { EngineError } from '../contract/errors.ts';
import type { RecentProject } from '../project/appData.ts';
import type { ProjectLook } from '../project/peekProject.ts';
import { findBestResult, listCoverImages, readCardNumbers } from '../project/queries/cards.ts';
import { basename } from 'node:path';
import type { HandlerCall } from './handlers/handler.ts';
import { findSampleFolder } from './sampleFolder.ts';
import { isTraining } from './measure/otherTraining.ts';

function describeLook(look: ProjectLook, lastOpenedMs: number): ProjectCard {
  const { folder, name, readOnly, database } = look;
  return {
    folder,
    name,
    state: 'ok',
    readOnly,
    lastOpenedMs,
    coverImages: listCoverImages(database),
    ...readCardNumbers(database),
    isTraining: isTraining(look),
    best: findBestResult(database),
  };
}

function describeRecent({ folder, lastOpenedMs }: RecentProject, call: HandlerCall): ProjectCard {
  try {
    return call.peekProject(folder, (look) => describeLook(look, lastOpenedMs));
  } catch (error) {
    return {
      folder,
      name: basename(folder),
      state: error instanceof EngineError ? error.code : 'project.invalid',
      readOnly: false,
      lastOpenedMs,
      coverImages: [],
      imageCount: 0,
      classCount: 0,
      runCount: 0,
      isTraining: false,
      best: null,
    };
  }
}

export function describeHome(call: HandlerCall): HomeInfo {
  return {
    projects: call.app.listRecents().map((recent) => describeRecent(recent, call)),
    sampleFolder: findSampleFolder(),
    projectsFolder: call.app.readSettings().projectsFolder,
  };
}
