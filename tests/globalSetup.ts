// Builds the engine bundles once, because tests that start real processes (trainer, command line) run the bundles.
import { buildEngine, isBuildStale } from '../scripts/build.mjs';

export default async function setup(): Promise<void> {
  if (isBuildStale()) await buildEngine();
}
