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
  /** Only there to compare others with: far too slow to train on. */
  readonly isReference: boolean;
  readonly available: boolean;
  /** Why it cannot be used, for a person; only where it is not available. */
  readonly reason?: string;
  /** The one thing that a person can do about it, where there is one. */
  readonly remedy?: string;
}

/** Why an executor cannot be used here, and the one thing to do about it where there is one. */
export type Obstacle = Required<Pick<ExecutorDescription, 'reason'>> & Pick<ExecutorDescription, 'remedy'>;

interface ExecutorEntry {
  readonly label: string;
  readonly kind: 'cpu' | 'gpu';
  readonly isReference?: true;
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
    isReference: true,
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

/** What is known of every executor without asking this machine. */
export function describeExecutors(): Pick<ExecutorDescription, 'id' | 'label' | 'kind' | 'isReference'>[] {
  const entries = Object.entries(table) as [ExecutorId, ExecutorEntry][];
  return entries.map(([id, { label, kind, isReference = false }]) => ({ id, label, kind, isReference }));
}

/** Why this machine cannot use an executor. It may load drivers, so a process that must not crash asks another. */
export function findObstacle(id: ExecutorId): Promise<Obstacle | undefined> {
  return table[id].findObstacle();
}

/** Every executor Thimble knows, and whether this machine can use it. Asks in this process: see findObstacle. */
export async function listExecutors(): Promise<ExecutorDescription[]> {
  return Promise.all(
    describeExecutors().map(async (known) => {
      const obstacle = await findObstacle(known.id);
      return { ...known, available: obstacle === undefined, ...obstacle };
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
