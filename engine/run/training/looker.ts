// Turns looks at the features into metrics and warnings of a run.
import type { RunConfig } from '../../contract/config.ts';
import type { RunEvent } from '../../contract/run.ts';
import { withoutPrefix } from '../../model/weightNames.ts';
import { targetPrefix } from '../../mimjepa/pretrainState.ts';
import type { Database } from '../../project/database.ts';
import { readMetrics, type MetricPoint } from '../../project/queries/metrics.ts';
import type { CompiledProgram } from '../../runtime/program.ts';
import type { DivergenceGuard } from './divergence.ts';
import { judgeLook, type FeatureLook, type FeatureMonitor, type LookBaseline } from './featureMonitor.ts';
import type { RunRecorder } from './runRecorder.ts';

/** Steps between two looks at the features; 0 for never. */
export function lookEverySteps(config: Pick<RunConfig, 'monitor'>, stepsPerEpoch: number): number {
  const { everyEpochs } = config.monitor;
  return everyEpochs === 0 ? 0 : Math.max(1, Math.round(everyEpochs * stepsPerEpoch));
}

export interface LookerParts {
  /** What has happened to the run before. */
  readonly events: readonly RunEvent[];
  readonly program: CompiledProgram;
  readonly monitor: FeatureMonitor;
  readonly guard: DivergenceGuard;
  readonly recorder: RunRecorder;
  readonly totalSteps: number;
  readonly everySteps: number;
  /** What an earlier process saw before the first step; null where this one starts there, or nothing was seen. */
  readonly baseline: LookBaseline | null;
}

/** A function that looks after `step` steps and records what it saw; each kind of warning is given once a run. */
export function createLooker(parts: LookerParts): (step: number) => Promise<void> {
  const { events, program, monitor, guard, recorder, totalSteps, everySteps } = parts;
  const warned = new Set(events.map((event) => event.details['reason']));
  let baseline = parts.baseline;
  return async (step) => {
    const names = program.program.state.map((spec) => spec.name);
    const targets = names.filter((name) => name.startsWith(targetPrefix));
    const state = (await program.readState(targets)) as Record<string, Float32Array>;
    guard.assertState(state);
    const look = await monitor.look(withoutPrefix(state, targetPrefix));
    // Before the first step the target encoder is exactly the random-weights baseline.
    if (step === 0) baseline = { knn: look.knn, effectiveRank: look.spread.effectiveRank };
    recorder.addPoints(toPoints(look, step));
    recorder.setReservedMs(look.durationMs * Math.ceil((totalSteps - step) / everySteps));
    for (const { reason, message } of judgeLook(look, baseline, step / totalSteps)) {
      if (warned.has(reason)) continue;
      warned.add(reason);
      recorder.addEvent('warning', message, {
        reason,
        knn: look.knn,
        randomKnn: baseline?.knn ?? null,
        ...look.spread,
      });
    }
    recorder.flush();
  };
}

function toPoints({ knn, spread }: FeatureLook, step: number): MetricPoint[] {
  const points: MetricPoint[] = [
    { name: 'rankMe', step, value: spread.rankMe },
    { name: 'effectiveRank', step, value: spread.effectiveRank },
    { name: 'featureStd.mean', step, value: spread.meanStd },
    { name: 'featureStd.min', step, value: spread.minStd },
    { name: 'featureStd.deadShare', step, value: spread.deadShare },
  ];
  if (knn !== null) points.push({ name: 'knn', step, value: knn });
  if (knn !== null && step === 0) points.push({ name: 'knn.random', step, value: knn });
  return points;
}

/** The look before the first step, as an earlier process recorded it. */
export function readBaseline(database: Database, runId: number): LookBaseline | null {
  const curves = readMetrics(database, runId, { names: ['effectiveRank', 'knn.random'] });
  const [effectiveRank, knn] = curves.map(({ steps, values }) => (steps[0] === 0 ? values[0] : undefined));
  return effectiveRank === undefined ? null : { effectiveRank, knn: knn ?? null };
}
