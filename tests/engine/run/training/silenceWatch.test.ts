// A trainer that hangs: it holds the run's lock and gives no sign of life. The processes here are real, and really hang.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { runFolder } from '../../../../engine/project/project.ts';
import { changeRunState, listRunIds, readRun } from '../../../../engine/project/queries/runs.ts';
import { createRun } from '../../../../engine/run/training/createRun.ts';
import { hearAnswers, LifeSignWriter, readLifeSign } from '../../../../engine/run/training/lifeSign.ts';
import { SilenceWatch } from '../../../../engine/run/training/silenceWatch.ts';
import { pauseRun, reconcileRuns, stopRun } from '../../../../engine/run/training/supervisor.ts';
import { createExecutor } from '../../../../engine/runtime/executors.ts';
import { createTinyProject, tinyConfig, type TinyProject } from './tinyProject.ts';

let tiny: TinyProject;
let hanging: ChildProcess | undefined;
beforeAll(async () => {
  tiny = await createTinyProject();
});
afterEach(() => void hanging?.kill('SIGKILL'));
afterAll(() => tiny?.remove());

const moduleUrl = (path: string) =>
  JSON.stringify(new URL(`../../../../engine/${path}`, import.meta.url).href);

/** Gives its first sign, another one when told so by a line, and for the rest blocks its thread, as a driver may. */
const hang = (folder: string) => `
  const { ProcessLock } = await import(${moduleUrl('project/processLock.ts')});
  const { LifeSignWriter } = await import(${moduleUrl('run/training/lifeSign.ts')});
  const { readSync } = await import('node:fs');
  ProcessLock.acquire(${JSON.stringify(folder)} + '/run.lock');
  const sign = new LifeSignWriter(${JSON.stringify(folder)});
  const block = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  process.stdout.write('.', () => setImmediate(() => {
    readSync(0, Buffer.alloc(1));
    sign.answered(1);
    process.stdout.write('.', () => block());
  }));
`;

/** A run whose trainer is such a process. */
async function startHanging(): Promise<number> {
  const { project, datasetId, splitId } = tiny;
  const request = { name: 'x', datasetId, splitId, protocol: 'clean', config: tinyConfig } as const;
  const id = await createRun(project, { ...request, executor: 'compiled-cpu' });
  mkdirSync(runFolder(project, id), { recursive: true });
  hanging = spawn(process.execPath, ['--input-type=module', '-e', hang(runFolder(project, id))], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  await once(hanging.stdout!, 'data');
  changeRunState(project.database, id, 'running');
  return id;
}

function reasonsOf(id: number): unknown[] {
  return readRun(tiny.project.database, id).events.flatMap(({ details }) => details['reason'] ?? []);
}

/** Looks every two seconds for so long; the clock is the test's. */
function createClock(watch: SilenceWatch) {
  let nowMs = 0;
  return (seconds: number) => {
    for (const endMs = nowMs + 1000 * seconds; nowMs < endMs; nowMs += 2_000) {
      const running = listRunIds(tiny.project.database, 'running');
      watch.look(running, nowMs);
    }
  };
}

describe('a trainer that hangs', () => {
  test('is told of once, and so is its return', async () => {
    const id = await startHanging();
    const pass = createClock(new SilenceWatch(tiny.project));
    pass(290);
    expect(reasonsOf(id)).toEqual([]);
    pass(60);
    expect(reasonsOf(id)).toEqual(['silent']);
    pass(600);
    expect(reasonsOf(id)).toEqual(['silent']);
    expect(readRun(tiny.project.database, id).events.at(-1)!.message).toContain(
      'No sign of training for 5 minutes',
    );

    hanging!.stdin!.write('x');
    await once(hanging!.stdout!, 'data');
    pass(2);
    expect(reasonsOf(id)).toEqual(['silent', 'answers']);
    // After its first answer less patience is due.
    pass(70);
    expect(reasonsOf(id)).toEqual(['silent', 'answers', 'silent']);
    expect(readRun(tiny.project.database, id).state).toBe('running');
    endHanging(id);
  });

  test('is not blamed for the sleep of the computer', async () => {
    const id = await startHanging();
    const watch = new SilenceWatch(tiny.project);
    watch.look([id], 0);
    watch.look([id], 8 * 3_600_000);
    expect(reasonsOf(id)).toEqual([]);
    endHanging(id);
  });

  test.each([
    ['pause', pauseRun, 'interrupted'],
    ['stop', stopRun, 'stopped'],
  ] as const)('is ended once it is asked to %s', async (_, ask, state) => {
    const id = await startHanging();
    const pass = createClock(new SilenceWatch(tiny.project));
    const ended = once(hanging!, 'exit');
    ask(tiny.project, id);
    pass(200);
    // It may yet do as asked.
    expect(hanging!.exitCode ?? hanging!.signalCode).toBeNull();
    pass(200);
    expect((await ended)[1]).toBe('SIGKILL');
    reconcileRuns(tiny.project);
    pass(4);
    expect(readRun(tiny.project.database, id).state).toBe(state);
    expect(reasonsOf(id)).toEqual(['silent', 'ended']);
  });
});

function endHanging(id: number): void {
  hanging!.kill('SIGKILL');
  changeRunState(tiny.project.database, id, 'interrupted');
}

test('each run of a program is a sign, and how long one may be silent follows from the slowest', async () => {
  const folder = runFolder(tiny.project, 1);
  mkdirSync(folder, { recursive: true });
  const sign = new LifeSignWriter(folder);
  const patience = () => readLifeSign(folder)!.patienceMs;
  expect(readLifeSign(folder)).toMatchObject({ pid: process.pid, answers: 0, patienceMs: 300_000 });
  const heard: string[] = [];
  const listener = {
    asked: (isFirst: boolean) => heard.push(isFirst ? 'asked first' : 'asked'),
    answered: (callMs: number) => heard.push(callMs >= 0 ? 'answered' : 'never'),
  };
  const executor = hearAnswers(await createExecutor('compiled-cpu', { threads: 1 }), listener);
  const program = await executor.compile({
    name: 'next',
    inputs: [],
    state: [{ name: 'count', shape: [1], type: 'float32' }],
    build: (_, { count }) => ({ state: { count: count!.add(1) }, outputs: {} }),
  });
  await program.writeState({ count: new Float32Array([3]) });
  await program.run({});
  await program.run({});
  expect((await program.readState())['count']).toEqual(new Float32Array([5]));
  expect(heard).toEqual(['asked first', 'answered', 'asked', 'answered']);
  await executor.dispose();

  // A driver compiles at first, however long that takes; it says nothing of the calls after.
  sign.asked(true);
  expect(patience()).toBe(300_000);
  sign.answered(90_000);
  expect(patience()).toBe(60_000);
  await new Promise((resolve) => setTimeout(resolve, 1_050));
  sign.answered(20_000);
  expect(readLifeSign(folder)).toMatchObject({ answers: 2, patienceMs: 200_000 });
  sign.remove();
  expect(readLifeSign(folder)).toBeNull();
});
