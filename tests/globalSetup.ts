// Builds the engine bundles once, because tests that start real processes (trainer, command line) run the bundles.
import { buildEngine } from '../scripts/build.mjs';

export default async function setup(): Promise<void> {
  await buildEngine();
}
