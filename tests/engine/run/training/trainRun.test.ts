import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunEvent, RunProgress } from '../../../../engine/contract/run.ts';
import { readMetrics } from '../../../../engine/project/queries/metrics.ts';
import { readRun } from '../../../../engine/project/queries/runs.ts';
import { createRun } from '../../../../engine/run/training/createRun.ts';
import { startRun } from '../../../../engine/run/training/supervisor.ts';
import { createTinyProject, tinyConfigFor, type TinyProject } from './tinyProject.ts';

let tiny: TinyProject;
beforeAll(async () => {
  tiny = await createTinyProject();
});
afterAll(() => tiny?.remove());

function request(epochs: number) {
  const { datasetId, splitId } = tiny;
  return {
    name: 'tiny',
    datasetId,
    splitId,
    protocol: 'clean',
    config: tinyConfigFor(epochs),
    executor: 'compiled-cpu',
  } as const;
}

describe('a run from start to finish', () => {
  test('trains all steps, records every curve, leaves its last checkpoint and tells what happens', async () => {
    const { project } = tiny;
    const id = await createRun(project, request(12));
    const events: RunEvent[] = [];
    const progress: RunProgress[] = [];
    const handle = startRun(project, id, {
      onEvent: (event) => events.push(event),
      onProgress: (each) => progress.push(each),
    });
    expect(await handle.done).toBe('finished');

    const run = readRun(project.database, id);
    expect(run).toMatchObject({ state: 'finished', step: 24, totalSteps: 24 });
    expect(run.versions['onnxruntime']).toMatch(/^\d+\./);
    expect(run.manifestHash).toHaveLength(64);
    expect(run.checkpoints.map((each) => each.step)).toEqual([24]);
    const happened = events.filter((event) => event.kind !== 'warning');
    expect(happened.map((event) => event.kind)).toEqual(['started', 'finished']);
    expect(progress.at(-1)).toMatchObject({ runId: id, step: 24, timeLeftMs: 0 });

    const curves = new Map(readMetrics(project.database, id).map((curve) => [curve.name, curve]));
    for (const name of ['loss', 'lr', 'weightDecay', 'emaMomentum', 'gradNorm.tokenizer'] as const) {
      expect(curves.get(name)?.steps).toEqual(Array.from({ length: 24 }, (_, step) => step));
    }
    expect(curves.get('knn')?.steps).toEqual([0, 8, 16, 24]);
    expect(curves.get('knn.random')?.steps).toEqual([0]);
    expect(curves.get('rankMe')?.steps).toEqual([0, 8, 16, 24]);
  });
});
