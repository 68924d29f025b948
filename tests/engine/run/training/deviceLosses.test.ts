// A GPU that stops answering while a run trains: it goes on from its last checkpoint, on the device or on the CPU.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EngineError } from '../../../../engine/contract/errors.ts';
import { readMetrics } from '../../../../engine/project/queries/metrics.ts';
import { readRun } from '../../../../engine/project/queries/runs.ts';
import { createRun } from '../../../../engine/run/training/createRun.ts';
import { trainRun } from '../../../../engine/run/training/trainRun.ts';
import { createExecutor, type ExecutorOptions } from '../../../../engine/runtime/executors.ts';
import type { CompiledProgram, Executor, Program } from '../../../../engine/runtime/program.ts';
import { createTinyProject, tinyConfigFor, type TinyProject } from './tinyProject.ts';

let tiny: TinyProject;
beforeAll(async () => {
  tiny = await createTinyProject({ checkpointSeconds: 0 });
});
afterAll(() => tiny?.remove());

const lost = () => new EngineError('device.lost', 'run pretrain: the GPU stopped answering');

/** Computes on the CPU and is lost after that many steps; 0 when it is opened. */
class LostExecutor implements Executor {
  readonly id = 'compiled-webgpu';
  readonly label = 'GPU';
  readonly #inner: Executor;
  #stepsLeft: number;

  constructor(inner: Executor, steps: number) {
    this.#inner = inner;
    this.#stepsLeft = steps;
  }

  async compile(program: Program): Promise<CompiledProgram> {
    const compiled = await this.#inner.compile(program);
    if (program.name !== 'pretrain') return compiled;
    const run: CompiledProgram['run'] = async (inputs) => {
      if (this.#stepsLeft-- <= 0) throw lost();
      return compiled.run(inputs);
    };
    return {
      program,
      buildMs: compiled.buildMs,
      run,
      writeState: (values) => compiled.writeState(values),
      readState: (names) => compiled.readState(names),
      dispose: () => compiled.dispose(),
    };
  }

  dispose(): Promise<void> {
    return this.#inner.dispose();
  }
}

async function train(stepsOfEachOpening: readonly (number | Error)[]) {
  const { project, datasetId, splitId } = tiny;
  const config = tinyConfigFor(4);
  const id = await createRun(project, {
    name: 'x',
    datasetId,
    splitId,
    protocol: 'clean',
    config,
    executor: 'compiled-webgpu',
  });
  const opened: string[] = [];
  const openExecutor = async (asked: string, options: ExecutorOptions): Promise<Executor> => {
    opened.push(asked);
    const cpu = await createExecutor('compiled-cpu', options);
    if (asked === 'compiled-cpu') return cpu;
    const steps = stepsOfEachOpening[opened.length - 1] ?? Infinity;
    if (typeof steps !== 'number') throw steps;
    return new LostExecutor(cpu, steps);
  };
  const state = await trainRun(project, id, { openExecutor });
  const run = readRun(project.database, id);
  const notices = run.events.filter(({ kind }) => kind === 'notice').map(({ message }) => message);
  const [loss] = readMetrics(project.database, id, { names: ['loss'] });
  return { state, run, opened, notices, losses: [...loss!.values] };
}

test('lost once: opened again, and the run ends with the losses of one that lost nothing', async () => {
  const calm = await train([]);
  const { state, opened, notices, losses } = await train([3]);
  expect(state).toBe('finished');
  expect(opened).toEqual(['compiled-webgpu', 'compiled-webgpu']);
  expect(notices).toEqual([
    'The graphics card stopped answering; training goes on from step 3 on the same device.',
  ]);
  expect(losses).toEqual(calm.losses);
});

test('lost twice with no checkpoint between: the CPU goes on, and the run says so', async () => {
  const { state, opened, notices, run } = await train([2, 0]);
  expect(state).toBe('finished');
  expect(opened).toEqual(['compiled-webgpu', 'compiled-webgpu', 'compiled-cpu']);
  expect(notices.at(-1)).toBe(
    'The graphics card stopped answering; training goes on from step 2 on the CPU, which is slower.',
  );
  expect(run.device).toContain('CPU, compiled');
  expect(run.events.at(-1)?.kind).toBe('finished');
});

test('lost again after further checkpoints: opened again each time', async () => {
  const { state, opened } = await train([2, 1]);
  expect(state).toBe('finished');
  expect(opened).toEqual(['compiled-webgpu', 'compiled-webgpu', 'compiled-webgpu']);
});

test('gone when it is to be opened again: the CPU goes on', async () => {
  const gone = new EngineError('executor.unavailable', 'no GPU');
  const { state, opened } = await train([1, gone]);
  expect(state).toBe('finished');
  expect(opened.at(-1)).toBe('compiled-cpu');
});

test('a program that fails on a device that answers is no loss: the run fails', async () => {
  const { state, opened, run } = await train([new EngineError('executor.failed', 'Split: too many buffers')]);
  expect(state).toBe('failed');
  expect(opened).toHaveLength(1);
  expect(run.failure?.code).toBe('executor.failed');
});
