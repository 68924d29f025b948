// Every migration, in order.
import type { Migration } from './migration.ts';
import { projectTables } from './001-project.ts';
import { datasetTables } from './002-datasets.ts';
import { splitTables } from './003-splits.ts';
import { runTables } from './004-runs.ts';
import { probeTables } from './005-probes.ts';
import { imagePages } from './006-image-pages.ts';
import { lookAlikeTables } from './007-look-alikes.ts';
import { scoreIntervals } from './008-score-intervals.ts';

export const migrations: readonly Migration[] = [
  projectTables,
  datasetTables,
  splitTables,
  runTables,
  probeTables,
  imagePages,
  lookAlikeTables,
  scoreIntervals,
];
