// What this machine can train on, and which of it new runs use. Whatever touches a driver is done by other processes, with a
// limit in time; what they found is kept for the session.
import { cpus, totalmem } from 'node:os';
import { imagesAtOnce, type RunConfig } from '../../contract/config.ts';
import type { TaskProgress } from '../../contract/contract.ts';
import { EngineError, serializeError } from '../../contract/errors.ts';
import type { AppData, MeasuredRate } from '../../project/appData.ts';
import type { SystemAdapter } from '../../runtime/discovery/adapterParsers.ts';
import type { ExecutorProbe } from '../../runtime/discovery/probeExecutor.ts';
import { isSoftwareAdapter } from '../../runtime/discovery/softwareAdapters.ts';
import { listSystemAdapters } from '../../runtime/discovery/systemAdapters.ts';
import { describeExecutors, type ExecutorId } from '../../runtime/executors.ts';
import type { ExecutorDevice } from '../../runtime/program.ts';
import { describeMachine, nameProcessor } from '../measure/machine.ts';
import { smallerPart, withPart } from '../measure/partSizes.ts';
import type { StepRate } from '../measure/measureDevice.ts';
import type { ChildHandle, SpawnProcess } from '../processes/childProcess.ts';
import { isMemoryError } from '../processes/memoryEnd.ts';
import { readVersions } from '../training/versions.ts';
import type { DeviceOrder } from './deviceMessages.ts';
import { runDeviceJob } from './deviceJob.ts';
import { DeviceRates } from './deviceRates.ts';

/** Computes everywhere, without a driver. */
export const usualExecutor: ExecutorId = 'compiled-cpu';

/** How long a probe may take to answer, its process's start included. */
const defaultProbeMs = 10_000;
/** A measurement is ended after this long without a word: building a large step for a graphics card takes a while. */
const measureSilenceMs = 90_000;

/** One executor on this machine. */
export interface FoundDevice {
  readonly id: ExecutorId;
  readonly label: string;
  readonly kind: 'cpu' | 'gpu';
  readonly isReference: boolean;
  readonly available: boolean;
  readonly reason: string | null;
  readonly remedy: string | null;
  /** The processor; what the provider calls its adapter; else what the system calls those that it may be. */
  readonly name: string | null;
  readonly vendor: string | null;
  readonly backend: string | null;
  readonly driver: string | null;
  readonly memoryBytes: number | null;
  /** Computes on the processor though it passes for a graphics adapter. */
  readonly isSoftware: boolean;
  /** It computes products of float16, for mixed precision. */
  readonly halfPrecision: boolean;
}

export interface DevicesOptions {
  readonly app: AppData;
  readonly spawnProcess: SpawnProcess;
  readonly probeMs?: number;
  readonly listAdapters?: () => Promise<readonly SystemAdapter[]>;
  readonly executors?: typeof describeExecutors;
}

export interface MeasureListeners {
  readonly signal?: AbortSignal;
  readonly onProgress?: (progress: TaskProgress) => void;
}

export class Devices {
  readonly #options: DevicesOptions;
  readonly #probes = new Map<ExecutorId, Promise<FoundDevice>>();
  /** Why measuring failed last, by executor. */
  readonly #failures = new Map<ExecutorId, string>();
  #adapters: Promise<readonly SystemAdapter[]> | undefined;

  readonly #children = new Set<ChildHandle>();

  constructor(options: DevicesOptions) {
    this.#options = options;
  }

  /** Ends whatever is being probed or measured. */
  close(): void {
    for (const child of this.#children) child.kill();
  }

  /** Every executor, asked once a session. Never throws: what goes wrong is a device's reason. */
  list(): Promise<FoundDevice[]> {
    return Promise.all(this.#known.map(({ id }) => this.find(id)));
  }

  /** One executor. Throws executor.unavailable where there is none of that name. */
  find(id: string): Promise<FoundDevice> {
    const known = this.#known.find((each) => each.id === id);
    if (!known) throw this.#unknownError(id);
    let probing = this.#probes.get(known.id);
    if (!probing) {
      probing = this.#probe(known);
      this.#probes.set(known.id, probing);
    }
    return probing;
  }

  /** Forgets what was found, because something may have changed since. */
  refresh(): void {
    this.#probes.clear();
    this.#failures.clear();
    this.#adapters = undefined;
  }

  get #known(): ReturnType<typeof describeExecutors> {
    return (this.#options.executors ?? describeExecutors)();
  }

  /** The rates of this machine as it is now. */
  async rates(): Promise<DeviceRates> {
    return new DeviceRates(this.#options.app, {
      processor: describeMachine(),
      onnxruntime: readVersions()['onnxruntime'] ?? 'unknown',
      adapters: await this.#listAdapters(),
    });
  }

  /** Times training steps of a configuration in another process, and remembers the rate. Throws as runDeviceJob does. */
  async measure(
    id: ExecutorId,
    config: RunConfig,
    { signal, onProgress }: MeasureListeners,
    besideTraining: () => boolean = () => false,
  ): Promise<MeasuredRate> {
    const before = besideTraining();
    const options = { spawnProcess: this.#spawn, silenceMs: measureSilenceMs, signal, onProgress };
    const time = (some: RunConfig) => {
      const order: DeviceOrder = { kind: 'measure', executor: id, config: some };
      return runDeviceJob<StepRate>(order, options);
    };
    const measured = await this.#noting(id, timeInParts(config, time));
    const rate: MeasuredRate = { ...measured, besideTraining: before || besideTraining() };
    (await this.rates()).remember(id, config, rate);
    return rate;
  }

  /** Why a device failed when it was measured last, this session. */
  failureOf(id: ExecutorId): string | undefined {
    return this.#failures.get(id);
  }

  async #noting<Result>(id: ExecutorId, work: Promise<Result>): Promise<Result> {
    try {
      const result = await work;
      this.#failures.delete(id);
      return result;
    } catch (cause) {
      const { code, message } = serializeError(cause);
      if (code !== 'cancelled') this.#failures.set(id, message);
      throw cause;
    }
  }

  #listAdapters(): Promise<readonly SystemAdapter[]> {
    // A person's system may answer anything; that it answers nothing is no reason to fail.
    this.#adapters ??= (this.#options.listAdapters ?? listSystemAdapters)().catch(() => []);
    return this.#adapters;
  }

  async #probe(known: ReturnType<typeof describeExecutors>[number]): Promise<FoundDevice> {
    const [probe, adapters] = await Promise.all([this.#ask(known.id), this.#listAdapters()]);
    const { obstacle, device, halfPrecision = false } = probe;
    const facts = known.kind === 'cpu' ? describeProcessor() : describeAdapter(device, adapters);
    return {
      ...known,
      ...facts,
      halfPrecision,
      available: obstacle === undefined,
      reason: obstacle ? asSentence(obstacle.reason) : null,
      remedy: obstacle?.remedy ?? null,
    };
  }

  async #ask(executor: ExecutorId): Promise<ExecutorProbe> {
    const { probeMs = defaultProbeMs } = this.#options;
    const order: DeviceOrder = { kind: 'probe', executor };
    try {
      return await runDeviceJob<ExecutorProbe>(order, { spawnProcess: this.#spawn, silenceMs: probeMs });
    } catch (cause) {
      const { message, details } = serializeError(cause);
      const remedy = typeof details['remedy'] === 'string' ? details['remedy'] : undefined;
      return { obstacle: { reason: message, remedy } };
    }
  }

  readonly #spawn: SpawnProcess = (request) => {
    const child = this.#options.spawnProcess(request);
    this.#children.add(child);
    void child.ended.finally(() => this.#children.delete(child));
    return child;
  };

  #unknownError(id: string): EngineError {
    const ids = this.#known.map((each) => each.id).join(', ');
    return new EngineError('executor.unavailable', `there is no device ${id}; there are auto, ${ids}`);
  }
}

/** Tries with fewer images at once where memory does not hold them all, as a run would. */
async function timeInParts<Result>(
  config: RunConfig,
  time: (config: RunConfig) => Promise<Result>,
): Promise<Result> {
  try {
    return await time(config);
  } catch (cause) {
    const { optimizer } = config;
    const smaller = smallerPart(optimizer.batchSize, imagesAtOnce(optimizer));
    if (smaller === null || !isMemoryError(cause)) throw cause;
    return timeInParts(withPart(config, smaller), time);
  }
}

/** `no GPU was found` → `No GPU was found.` */
function asSentence(text: string): string {
  const whole = text.trim();
  return `${whole.charAt(0).toUpperCase()}${whole.slice(1)}${/[.!?]$/.test(whole) ? '' : '.'}`;
}

type DeviceFacts = Pick<FoundDevice, 'name' | 'vendor' | 'backend' | 'driver' | 'memoryBytes' | 'isSoftware'>;

function describeProcessor(): DeviceFacts {
  const memoryBytes = totalmem();
  const name = `${nameProcessor()}, ${cpus().length} cores`;
  return { name, vendor: null, backend: null, driver: null, memoryBytes, isSoftware: false };
}

/** What the provider tells, filled up with what the system tells of the same adapter. */
function describeAdapter(
  device: ExecutorDevice | undefined,
  adapters: readonly SystemAdapter[],
): DeviceFacts {
  const name = device?.name ?? null;
  const isSame = (each: SystemAdapter) =>
    name === null ||
    each.name === name ||
    (each.vendor !== null && (each.vendor === device?.vendor || name.includes(each.vendor)));
  const real = adapters.filter(({ isSoftware }) => !isSoftware);
  const possible = (real.length > 0 ? real : adapters).filter(isSame);
  const only = possible.length === 1 ? possible[0] : undefined;
  const names = possible.map((each) => each.name);
  return {
    name: name ?? (names.length > 0 ? names.join(' or ') : null),
    vendor: device?.vendor ?? only?.vendor ?? null,
    backend: device?.backend ?? null,
    driver: only?.driver ?? null,
    memoryBytes: device?.memoryBytes ?? only?.memoryBytes ?? null,
    // Where the provider does not say what it uses, it can only be one of those that the system has.
    isSoftware: name === null ? real.length === 0 : isSoftwareAdapter(name),
  };
}
