// What a training step reads must not depend on who prepares it, or how far ahead.
import { createHash } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPretrainLoader, type PretrainLoaderOptions } from '../../../../engine/data/pretrainLoader.ts';
import { createSchedule } from '../../../../engine/mimjepa/schedules.ts';
import { pretrainProgram } from '../../../../engine/mimjepa/pretrainProgram.ts';
import { computeScheduleInputs, computeStepInputs } from '../../../../engine/mimjepa/stepInputs.ts';
import { listRunImages } from '../../../../engine/run/runImages.ts';
import { createStepLoader } from '../../../../engine/run/training/stepLoader.ts';
import { projectPixelCache } from '../../../../engine/run/training/trainingSettings.ts';
import { assertInputs } from '../../../../engine/runtime/programData.ts';
import type { NamedData } from '../../../../engine/runtime/program.ts';
import { createTinyProject, tinyConfig, type TinyProject } from './tinyProject.ts';

let tiny: TinyProject;
let options: PretrainLoaderOptions;
beforeAll(async () => {
  tiny = await createTinyProject();
  const { images } = listRunImages(tiny.project.database, tiny.splitId);
  options = { images, cache: projectPixelCache(tiny.project, 32), config: tinyConfig };
});
afterAll(() => tiny?.remove());

function hashInputs(inputs: NamedData): string {
  const hash = createHash('sha256');
  for (const name of Object.keys(inputs).sort()) {
    const { buffer, byteOffset, byteLength } = inputs[name]!;
    hash.update(name).update(new Uint8Array(buffer, byteOffset, byteLength));
  }
  return hash.digest('hex');
}

/** Hashes of the inputs of some steps, asked for in this order. */
async function hashSteps(workers: number, steps: readonly number[]): Promise<Map<number, string>> {
  const loader = await createStepLoader({ ...options, workers });
  const hashes = new Map<number, string>();
  for (const step of steps) hashes.set(step, hashInputs((await loader.batch(step)).parts[0]!));
  await loader.close();
  return hashes;
}

describe('the step loader', () => {
  test('gives the same inputs from 0, 1 and 2 workers, whatever the order', async () => {
    const expected = await hashSteps(0, [0, 1, 2, 3, 4, 5]);
    expect(new Set(expected.values()).size).toBe(6);
    expect(await hashSteps(1, [0, 1, 2, 3, 4, 5])).toEqual(expected);
    const shuffled = await hashSteps(2, [5, 1, 0, 2, 3, 4, 1]);
    for (const [step, hash] of shuffled) expect(hash).toBe(expected.get(step));
  });

  test('gives, with the schedule, all that the program asks for, as computed from the images', async () => {
    const schedule = createSchedule(tinyConfig.optimizer, 3);
    const images = await createPretrainLoader({ ...options, workers: 0 });
    const loader = await createStepLoader({ ...options, workers: 1 });
    const plain = computeStepInputs(tinyConfig, schedule, 2, await images.batch(2));
    const { parts, imageIndices } = await loader.batch(2);
    const whole = { ...parts[0], ...computeScheduleInputs(tinyConfig, schedule.at(2), 2) };
    expect(() => assertInputs(pretrainProgram(tinyConfig), whole)).not.toThrow();
    expect(hashInputs(whole)).toBe(hashInputs(plain));
    expect(imageIndices).toEqual((await images.batch(2)).imageIndices);
    await loader.close();
    await images.close();
  });

  test('has the next step made though its own thread never pauses', async () => {
    const folder = join(tiny.project.folder, 'cold');
    const loader = await createStepLoader({ ...options, cache: { ...options.cache, folder }, workers: 1 });
    await loader.batch(0);
    // As a session's run does: nothing else happens in this thread until the images of step 1 are decoded too.
    const decoded = () =>
      readdirSync(folder, { recursive: true }).filter((name) => String(name).endsWith('.rgb')).length;
    const wake = new Int32Array(new SharedArrayBuffer(4));
    const startedMs = performance.now();
    while (decoded() < 8 && performance.now() - startedMs < 60_000) Atomics.wait(wake, 0, 0, 20);
    expect(decoded()).toBe(8);
    await loader.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('closes while workers are busy, and rejects what they had not finished', async () => {
    const loader = await createStepLoader({ ...options, workers: 2 });
    await loader.batch(0);
    const pending = [loader.batch(7), loader.batch(8)];
    const outcomes = Promise.allSettled(pending);
    await loader.close();
    expect((await outcomes).map(({ status }) => status)).toContain('rejected');
    await expect(loader.batch(20)).rejects.toMatchObject({ code: 'internal' });
  });

  test.each([0, 1])('keeps the code of a missing file’s error with %i workers', async (workers) => {
    const images = options.images.map((image) => ({ ...image, path: join('/nowhere', 'x.png') }));
    const folder = join(tiny.project.folder, `empty-${workers}`);
    const loader = await createStepLoader({
      ...options,
      images,
      cache: { ...options.cache, folder },
      workers,
    });
    await expect(loader.batch(0)).rejects.toMatchObject({ code: 'file.missing' });
    await loader.close();
    rmSync(folder, { recursive: true, force: true });
  });
});
