// What the probes are called: the engine's own words, the same on every screen.
export { probeNames } from '../../engine/contract/results.ts';
