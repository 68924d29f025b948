import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RunState } from '../../../../engine/contract/run.ts';
import { listRunIds, readRunState } from '../../../../engine/project/queries/runs.ts';
import { createRun } from '../../../../engine/run/training/createRun.ts';
import { RunQueue } from '../../../../engine/run/training/runQueue.ts';
import { pauseRun, resumeRun, startRun, stopRun } from '../../../../engine/run/training/supervisor.ts';
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
