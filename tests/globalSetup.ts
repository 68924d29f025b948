// Builds the engine bundles once, because tests that start real processes (trainer, command line) run the bundles. What
// those programs remember for the app goes when the tests end.
import { rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildEngine, isBuildStale } from '../scripts/build.mjs';

/** Where tests and the programs they start keep the app's own data. */
export const testDataFolder = join(tmpdir(), `thimble-test-data-${process.pid}`);

export default async function setup(): Promise<() => void> {
  if (isBuildStale()) await buildEngine();
  return () => rmSync(testDataFolder, { recursive: true, force: true });
}
