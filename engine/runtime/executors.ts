// The executors there are, by id. Each is described once, in the table; callers choose from what listExecutors returns.
import { EngineError } from '../contract/errors.ts';
import { CompiledExecutor, cpuDevice, type CompiledOptions } from './compiledExecutor.ts';
import { EagerExecutor } from './eagerExecutor.ts';
import { findWebgpuObstacle } from './webgpuAdapter.ts';
import { WebgpuExecutor, webgpuLabel } from './webgpuExecutor.ts';
import type { Executor } from './program.ts';
import {
  createTensorflowExecutor,
  findTensorflowObstacle,
  tensorflowKind,
  tensorflowLabel,
} from './tensorflowExecutor.ts';

export type ExecutorId = 'compiled-cpu' | 'compiled-webgpu' | 'eager-cpu' | 'eager-tensorflow';
export type ExecutorOptions = CompiledOptions;

export interface ExecutorDescription {
  readonly id: ExecutorId;
  readonly label: string;
  readonly kind: 'cpu' | 'gpu';
  readonly available: boolean;
  /** Why it cannot be used, for a person; only where it is not available. */
  readonly reason?: string;
  /** The one thing that a person can do about it, where there is one. */
  readonly remedy?: string;
}

type Obstacle = Required<Pick<ExecutorDescription, 'reason'>> & Pick<ExecutorDescription, 'remedy'>;

interface ExecutorEntry {
  readonly label: string;
  readonly kind: 'cpu' | 'gpu';
  /** Why it cannot be used on this machine, or undefined where it can. */
  readonly findObstacle: () => Promise<Obstacle | undefined>;
  readonly create: (options: ExecutorOptions) => Executor;
}

const table: Readonly<Record<ExecutorId, ExecutorEntry>> = {
  'compiled-cpu': {
    label: cpuDevice.label,
    kind: 'cpu',
    findObstacle: async () => undefined,
    create: (options) => new CompiledExecutor(options),
  },
  'compiled-webgpu': {
    label: webgpuLabel,
    kind: 'gpu',
    findObstacle: findWebgpuObstacle,
    create: (options) => new WebgpuExecutor(options),
  },
  'eager-cpu': {
    label: 'CPU, operation by operation',
    kind: 'cpu',
    findObstacle: async () => undefined,
    create: () => new EagerExecutor(),
  },
  'eager-tensorflow': {
    get label() {
      return tensorflowLabel();
    },
    get kind() {
      return tensorflowKind();
    },
    findObstacle: async () => findTensorflowObstacle(),
    create: (options) => createTensorflowExecutor(options),
  },
};

/** Every executor Thimble knows, and whether this machine can use it. */
export async function listExecutors(): Promise<ExecutorDescription[]> {
  const entries = Object.entries(table) as [ExecutorId, ExecutorEntry][];
  return Promise.all(
    entries.map(async ([id, { label, kind, findObstacle }]) => {
      const obstacle = await findObstacle();
      return { id, label, kind, available: obstacle === undefined, ...obstacle };
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
  const obstacle = await entry.findObstacle();
  if (obstacle) throw new EngineError('executor.unavailable', `executor ${id}: ${obstacle.reason}`);
  return entry.create(options);
}
