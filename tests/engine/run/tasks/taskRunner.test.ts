import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test, vi } from 'vitest';
import type { RequestName } from '../../../../engine/contract/requests.ts';
import type { SpawnProcess } from '../../../../engine/run/processes/childProcess.ts';
import type { TaskOrder } from '../../../../engine/run/tasks/taskMessages.ts';
import { TaskRunner, type Task } from '../../../../engine/run/tasks/taskRunner.ts';
import { eventually } from '../../../eventually.ts';

afterEach(() => vi.unstubAllEnvs());

/** A process that answers whatever it is asked with null, and ends. */
const spawnAnswering: SpawnProcess = () => {
  const ended = Promise.withResolvers<string>();
  let listener: (message: unknown) => void = () => {};
  return {
    pid: null,
    post: () => {
      listener({ kind: 'result', result: null });
      ended.resolve('exit code 0');
    },
    onMessage: (heard) => (listener = heard),
    ended: ended.promise,
    kill: () => {},
  };
};

const task: Task = {
  name: 'ladder.show' satisfies RequestName,
  payload: { project: '/p', run: 1 },
  title: 'a task',
  emit: () => {},
  signal: undefined,
};

describe('tasks', () => {
  test('one that could not even begin, for want of a temporary folder, does not hold up the next', async () => {
    const runner = new TaskRunner({ spawnProcess: spawnAnswering, dataFolder: '/nowhere' });
    for (const name of ['TMPDIR', 'TMP', 'TEMP']) vi.stubEnv(name, '/nowhere/at/all');
    await expect(runner.run(task)).rejects.toMatchObject({ code: 'ENOENT' });
    vi.unstubAllEnvs();
    expect(await runner.run(task)).toBeNull();
    await eventually(() => expect(runner.taskCount).toBe(0));
  });

  test('what one leaves in its temporary folder goes with it, however it ended', async () => {
    let folder = '';
    const dying: SpawnProcess = (request) => ({
      ...spawnAnswering(request),
      post: (order) => {
        ({ temporaryFolder: folder } = order as Extract<TaskOrder, { kind: 'start' }>);
        writeFileSync(join(folder, 'left'), '');
        ended.resolve('SIGKILL');
      },
      ended: ended.promise,
    });
    const ended = Promise.withResolvers<string>();
    const runner = new TaskRunner({ spawnProcess: dying, dataFolder: '/nowhere' });
    await expect(runner.run(task)).rejects.toMatchObject({ code: 'executor.failed' });
    await eventually(() => expect(existsSync(folder)).toBe(false));
  });
});
