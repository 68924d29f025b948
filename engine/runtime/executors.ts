// The executors there are, by id. Each is described once, in the table; callers choose from what listExecutors returns.
import { EngineError } from '../contract/errors.ts';
import { CompiledExecutor, cpuDevice, type CompiledOptions } from './compiledExecutor.ts';
import { EagerExecutor } from './eagerExecutor.ts';
import type { Executor } from './program.ts';

export type ExecutorId = 'compiled-cpu' | 'eager-cpu';
export type ExecutorOptions = CompiledOptions;

export interface ExecutorDescription {
  readonly id: ExecutorId;
  readonly label: string;
  readonly available: boolean;
  /** Why it cannot be used, for a person; only where it is not available. */
  readonly reason?: string;
}

interface ExecutorEntry {
  readonly label: string;
  /** Why it cannot be used on this machine, or undefined where it can. */
  readonly findObstacle: () => Promise<string | undefined>;
  readonly create: (options: ExecutorOptions) => Executor;
}

const table: Readonly<Record<ExecutorId, ExecutorEntry>> = {
  'compiled-cpu': {
    label: cpuDevice.label,
    findObstacle: async () => undefined,
    create: (options) => new CompiledExecutor(options),
  },
  'eager-cpu': {
    label: 'CPU, operation by operation',
    findObstacle: async () => undefined,
    create: () => new EagerExecutor(),
  },
};

/** Every executor Thimble knows, and whether this machine can use it. */
export async function listExecutors(): Promise<ExecutorDescription[]> {
  const entries = Object.entries(table) as [ExecutorId, ExecutorEntry][];
  return Promise.all(
    entries.map(async ([id, { label, findObstacle }]) => {
      const reason = await findObstacle();
      return reason === undefined ? { id, label, available: true } : { id, label, available: false, reason };
    }),
  );
}

/** An executor by id. The caller disposes it. Throws `executor.unavailable` where this machine cannot use it. */
export async function createExecutor(id: ExecutorId, options: ExecutorOptions = {}): Promise<Executor> {
  const entry = table[id];
  if (entry === undefined) {
    throw new EngineError(
      'executor.unavailable',
      `executor: expected one of ${Object.keys(table).join(', ')}, got ${id}`,
    );
  }
  const reason = await entry.findObstacle();
  if (reason !== undefined) throw new EngineError('executor.unavailable', `executor ${id}: ${reason}`);
  return entry.create(options);
}
