import { existsSync, rmSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunState } from '../../../../engine/contract/run.ts';
import { changeRunState, listRunIds, readRunState } from '../../../../engine/project/queries/runs.ts';
import type { SpawnProcess } from '../../../../engine/run/processes/childProcess.ts';
import { createRun } from '../../../../engine/run/training/createRun.ts';
import { RunQueue } from '../../../../engine/run/training/runQueue.ts';
import {
  pauseIfGoing,
  pauseRun,
  resumeRun,
  startRun,
  stopRun,
} from '../../../../engine/run/training/supervisor.ts';
import { createTinyProject, tinyConfigFor, type TinyProject } from './tinyProject.ts';

let tiny: TinyProject;
beforeEach(async () => {
  tiny = await createTinyProject();
});
afterEach(() => tiny?.remove());

function create(): Promise<number> {
  const { project, datasetId, splitId } = tiny;
  return createRun(project, {
    name: 'queued',
    datasetId,
    splitId,
    protocol: 'clean',
    config: tinyConfigFor(2),
    executor: 'compiled-cpu',
  });
}

/** Trainers that do nothing, and tell and end when the test says so. */
function spawnHeld() {
  const ended = Promise.withResolvers<string>();
  let tell = () => {};
  const spawnProcess: SpawnProcess = () => ({
    pid: null,
    post: () => {},
    onMessage: (listener) =>
      (tell = () => listener({ kind: 'event', event: {} } satisfies Record<string, unknown>)),
    ended: ended.promise,
    kill: () => {},
  });
  return { spawnProcess, tell: () => tell(), end: ended.resolve };
}

describe('the queue', () => {
  test('trains one run at a time, oldest first, and leaves out what was taken out', async () => {
    const { project } = tiny;
    const [first, second, third] = [await create(), await create(), await create()];
    pauseRun(project, second);
    const ended: [number, RunState][] = [];
    const most = { running: 0 };
    await new Promise<void>((resolve) => {
      const queue = new RunQueue(() => [project], {
        onEvent: () => {
          most.running = Math.max(most.running, listRunIds(project.database, 'running').length);
        },
        onEnd: (id, state) => {
          ended.push([id, state]);
          if (ended.length === 2) resolve();
        },
      });
      expect(queue.advance()?.runId).toBe(first);
      expect(queue.advance()?.runId).toBe(first);
    });
    expect(ended).toEqual([
      [first, 'finished'],
      [third, 'finished'],
    ]);
    expect(most.running).toBe(1);
    expect(readRunState(project.database, second)).toBe('paused');
  });

  test('waits while another program trains a run of the project', async () => {
    const { project } = tiny;
    const [first, second] = [await create(), await create()];
    const meanwhile: unknown[] = [];
    const other = startRun(project, first, {
      onEvent: ({ kind }) => {
        if (kind === 'started') meanwhile.push(new RunQueue(() => [project]).advance());
      },
    });
    expect(await other.done).toBe('finished');
    expect(meanwhile).toEqual([null]);
    const handle = new RunQueue(() => [project]).advance();
    expect(handle?.runId).toBe(second);
    expect(await handle?.done).toBe('finished');
  });
});

test('a queue waits while a project that is not open here trains', async () => {
  const own = await create();
  let isBusy = true;
  const options = { spawnProcess: spawnHeld().spawnProcess, isBusyElsewhere: () => isBusy };
  expect(new RunQueue(() => [tiny.project], options).advance()).toBeNull();
  isBusy = false;
  const queue = new RunQueue(() => [tiny.project], options);
  expect(queue.advance()?.runId).toBe(own);
  queue.close();
});

describe('a queue of several projects', () => {
  test('goes on with the others where one is gone, and does not make its folder anew', async () => {
    const gone = await createTinyProject();
    const { project, datasetId, splitId } = gone;
    const request = { datasetId, splitId, protocol: 'clean', executor: 'compiled-cpu' } as const;
    await createRun(project, { ...request, name: 'older', config: tinyConfigFor(2) });
    const own = await create();
    rmSync(project.folder, { recursive: true, force: true });
    const queue = new RunQueue(() => [project, tiny.project], { spawnProcess: spawnHeld().spawnProcess });
    expect(queue.waitingCount).toBe(1);
    expect(queue.advance()?.runId).toBe(own);
    expect(existsSync(project.folder)).toBe(false);
    queue.close();
    gone.remove();
  });

  test('goes on with the others where the database of one cannot be read', async () => {
    const broken = await createTinyProject();
    const own = await create();
    broken.project.close();
    const queue = new RunQueue(() => [broken.project, tiny.project], {
      spawnProcess: spawnHeld().spawnProcess,
    });
    expect(queue.advance()?.runId).toBe(own);
    queue.close();
    broken.remove();
  });
});

describe('a trainer that ends', () => {
  test('leaves a run alone that was resumed before it was gone', async () => {
    const { project } = tiny;
    const id = await create();
    const held = spawnHeld();
    const handle = startRun(project, id, {}, held.spawnProcess);
    changeRunState(project.database, id, 'running');
    held.tell();
    changeRunState(project.database, id, 'paused');
    resumeRun(project, id);
    held.end('exit code 0');
    expect(await handle.done).toBe('queued');
    expect(readRunState(project.database, id)).toBe('queued');
  });

  test('leaves a run `interrupted` that it never came to train', async () => {
    const { project } = tiny;
    const id = await create();
    const held = spawnHeld();
    const handle = startRun(project, id, {}, held.spawnProcess);
    held.end('exit code 1');
    expect(await handle.done).toBe('interrupted');
  });

  test('a run that has ended meanwhile is left as it is by whoever pauses all that goes', async () => {
    const { project } = tiny;
    const id = await create();
    stopRun(project, id);
    expect(() => pauseIfGoing(project, id)).not.toThrow();
    expect(readRunState(project.database, id)).toBe('stopped');
  });
});

describe('runs that wait', () => {
  test('can be taken out, put back and stopped for good', async () => {
    const { project } = tiny;
    const id = await create();
    pauseRun(project, id);
    expect(() => startRun(project, id)).toThrow(expect.objectContaining({ code: 'run.state' }));
    resumeRun(project, id);
    expect(readRunState(project.database, id)).toBe('queued');
    stopRun(project, id);
    expect(readRunState(project.database, id)).toBe('stopped');
    expect(() => resumeRun(project, id)).toThrow(expect.objectContaining({ code: 'run.state' }));
    expect(() => pauseRun(project, 99)).toThrow(expect.objectContaining({ code: 'run.notFound' }));
  });
});
