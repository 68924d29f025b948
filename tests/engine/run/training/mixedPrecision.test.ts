// Whole runs in mixed precision. The processor rounds as a GPU with half precision would.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readCheckpoint } from '../../../../engine/project/checkpointFile.ts';
import { runFolder } from '../../../../engine/project/project.ts';
import { readMetrics } from '../../../../engine/project/queries/metrics.ts';
import { readRun } from '../../../../engine/project/queries/runs.ts';
import { createRun } from '../../../../engine/run/training/createRun.ts';
import { resumeRun } from '../../../../engine/run/training/supervisor.ts';
import { trainRun } from '../../../../engine/run/training/trainRun.ts';
import { createExecutor, type ExecutorOptions } from '../../../../engine/runtime/executors.ts';
import type { CompiledProgram, Executor, Program } from '../../../../engine/runtime/program.ts';
import { createTinyProject, tinyConfigFor, type TinyProject } from './tinyProject.ts';

let tiny: TinyProject;
beforeAll(async () => void (tiny = await createTinyProject({ checkpointSeconds: 0 })));
afterAll(() => tiny?.remove());

function create(epochs: number): Promise<number> {
  const { project, datasetId, splitId } = tiny;
  const config = {
    ...tinyConfigFor(epochs, { precision: 'mixed' }),
    monitor: { everyEpochs: 0, maxImages: 8, knnNeighbours: 1 },
  };
  const request = { name: 'x', datasetId, splitId, protocol: 'clean', config } as const;
  return createRun(project, { ...request, executor: 'compiled-cpu' });
}

/** A CPU whose first state has so large a factor that the first steps overflow: `factor` 2^k. */
function startingAt(factor: number) {
  return async (id: string, options: ExecutorOptions): Promise<Executor> => {
    const inner = await createExecutor(id as 'compiled-cpu', options);
    const compile = async (program: Program): Promise<CompiledProgram> => {
      const compiled = await inner.compile(program);
      let isFirst = program.name === 'pretrain';
      return {
        program,
        buildMs: compiled.buildMs,
        run: (inputs) => compiled.run(inputs),
        readState: (names) => compiled.readState(names),
        dispose: () => compiled.dispose(),
        writeState: (values) => {
          const changed = isFirst ? { ...values, lossScale: Float32Array.of(factor, 0) } : values;
          isFirst = false;
          return compiled.writeState(changed);
        },
      };
    };
    return { id, label: inner.label, compile, dispose: () => inner.dispose() };
  };
}

const lossesOf = (id: number) => readMetrics(tiny.project.database, id, { names: ['loss'] })[0]!;
const messagesOf = (id: number) => readRun(tiny.project.database, id).events.map(({ message }) => message);

describe('a run in mixed precision', () => {
  test('is paused and resumed bit for bit, factor included', async () => {
    const { project } = tiny;
    const straight = await create(6);
    expect(await trainRun(project, straight)).toBe('finished');
    expect(messagesOf(straight).join()).toContain('The processor has no half precision');

    const id = await create(6);
    const abort = new AbortController();
    const send = ({ kind }: { readonly kind: string }) => void (kind === 'event' && abort.abort());
    expect(await trainRun(project, id, { send, signal: abort.signal })).toBe('paused');
    resumeRun(project, id);
    expect(await trainRun(project, id)).toBe('finished');
    expect(lossesOf(id)).toEqual(lossesOf(straight));
    const [checkpoint] = readRun(project.database, id).checkpoints;
    expect(checkpoint!.sha256).toBe(readRun(project.database, straight).checkpoints[0]!.sha256);
    const { lossScale } = readCheckpoint(runFolder(project, id), checkpoint!).tensors;
    expect(lossScale!.data).toEqual(Float32Array.of(2 ** 16, 12));
  });

  test('leaves out steps that overflow, goes on, and says how many', async () => {
    const { project } = tiny;
    const id = await create(12);
    expect(await trainRun(project, id, { openExecutor: startingAt(2 ** 40) })).toBe('finished');
    const { steps, values } = lossesOf(id);
    expect(steps[0]).toBeGreaterThan(0);
    expect(steps.at(-1)).toBe(23);
    expect(values.every(Number.isFinite)).toBe(true);
    expect(messagesOf(id).join()).toMatch(/\d+ steps were left out because half precision overflowed/);
  });

  test('stops where no factor is small enough', async () => {
    const { project } = tiny;
    const id = await create(20);
    expect(await trainRun(project, id, { openExecutor: startingAt(2 ** 110) })).toBe('failed');
    expect(readRun(project.database, id).failure?.code).toBe('run.diverged');
  });
});
