// The compiled executor on a GPU: the same traced graph on onnxruntime's WebGPU provider. All state lies in the GPU's
// memory from call to call; a call brings its inputs there and reads its outputs, and nothing else crosses.
import type * as ort from 'onnxruntime-node';
import { Tensor } from 'onnxruntime-node';
import { EngineError, messageOf } from '../contract/errors.ts';
import { encodeOnnx } from '../trace/encodeOnnx.ts';
import type { Graph } from '../trace/graph.ts';
import type { Provider } from '../trace/provider.ts';
import { portNames, traceProgram, type TracedProgram } from '../trace/traceProgram.ts';
import { webgpuProvider } from '../trace/webgpuProvider.ts';
import { executorFailed } from './ortSession.ts';
import { assertData, assertInputs, stateSpec, WrittenState } from './programData.ts';
import type { CompiledProgram, Executor, NamedData, Program, TensorData } from './program.ts';
import { PackedProgram } from './packedState.ts';
import { Turns } from './turns.ts';
import { isDeviceLost } from './webgpuLoss.ts';
import { WebgpuMemory } from './webgpuMemory.ts';
import { findCpuNode, needsCpu } from './webgpuPlacement.ts';
import { createWebgpuSession, type WebgpuSessionOptions } from './webgpuSession.ts';

export const webgpuExecutorId = 'compiled-webgpu';
export const webgpuLabel = 'GPU, compiled (WebGPU)';

export interface WebgpuOptions extends Omit<WebgpuSessionOptions, 'readOutputs'> {
  /** What the graph is lowered for; for measuring. */
  readonly lowering?: Provider;
  /** Bytes of one piece of a tensor that is read back in pieces; for tests. */
  readonly partBytes?: number;
}

/** What the programs of one executor share: the copying sessions, and the order of calls. */
interface WebgpuDevice {
  readonly memory: WebgpuMemory;
  /** onnxruntime's provider must not run two calls at once, of whatever sessions. */
  readonly turns: Turns;
  /** Set once the device stopped answering: nothing can be asked of it any more. */
  isLost: boolean;
}

/** Runs programs as compiled graphs on a GPU. */
export class WebgpuExecutor implements Executor {
  readonly id = webgpuExecutorId;
  readonly label = webgpuLabel;
  readonly #options: WebgpuOptions;
  readonly #device: WebgpuDevice;
  readonly #programs = new Set<CompiledProgram>();

  constructor(options: WebgpuOptions = {}) {
    this.#options = options;
    const { profilePrefix: _, ...quiet } = options;
    const create = (model: Uint8Array, outputs: readonly string[], readOutputs: readonly string[]) =>
      createWebgpuSession(model, outputs, { ...quiet, readOutputs });
    this.#device = { memory: new WebgpuMemory(create, options.partBytes), turns: new Turns(), isLost: false };
  }

  /**
   * Traces the program and builds its session. Throws `trace.unsupported` (naming the operator that the provider lacks),
   * `tensor.shape`, `executor.unavailable` (no adapter), `executor.failed`.
   */
  async compile(program: Program): Promise<CompiledProgram> {
    const form = program.packed?.();
    if (form === undefined) return this.#compile(program);
    return new PackedProgram(program, form, await this.#compile(form.program));
  }

  async #compile(program: Program): Promise<CompiledProgram> {
    const startedMs = performance.now();
    const traced = traceProgram(program, this.#options.lowering ?? webgpuProvider);
    const outputs = traced.graph.outputs.map(({ name }) => name);
    const readOutputs = traced.outputs.map(({ name }) => portNames.output(name));
    const options = { ...this.#options, readOutputs };
    const session = await this.#device.turns.take(() => this.#open(traced, outputs, options));
    const compiled = new WebgpuProgram(traced, session, this.#device, performance.now() - startedMs);
    this.#programs.add(compiled);
    return compiled;
  }

  /** The session of a graph; where a node would run on the CPU, an error that says which. */
  async #open(traced: TracedProgram, outputs: readonly string[], options: WebgpuSessionOptions) {
    try {
      return await createWebgpuSession(encodeOnnx(traced.graph), outputs, options);
    } catch (cause) {
      if (!(cause instanceof EngineError && needsCpu(cause.cause))) throw cause;
      const node = await findCpuNode(traced.graph, acceptsAlone);
      const what = node ?? 'a combination of operators, each of which it has';
      throw new EngineError('executor.failed', `compile ${traced.program.name}: the GPU has no ${what}`, {
        details: { node: node ?? null },
        cause,
      });
    }
  }

  async dispose(): Promise<void> {
    const held: { dispose(): Promise<void> }[] = [...this.#programs, this.#device.memory];
    this.#programs.clear();
    for (const each of held) {
      try {
        await each.dispose();
      } catch (cause) {
        // What a lost device held is gone with it; the rest is let go all the same, so that it can be opened again.
        if (!this.#device.isLost) throw executorFailed('dispose', cause);
      }
    }
  }
}

async function acceptsAlone(graph: Graph): Promise<boolean> {
  const names = graph.outputs.map(({ name }) => name);
  try {
    const session = await createWebgpuSession(encodeOnnx(graph), names, { readOutputs: [] });
    await session.release();
    return true;
  } catch (cause) {
    if (cause instanceof EngineError && needsCpu(cause.cause)) return false;
    throw cause;
  }
}

class WebgpuProgram implements CompiledProgram {
  readonly program: Program;
  readonly buildMs: number;
  readonly #traced: TracedProgram;
  readonly #session: ort.InferenceSession;
  readonly #device: WebgpuDevice;
  readonly #state = new Map<string, ort.Tensor>();
  readonly #written: WrittenState;
  #disposed = false;

  constructor(traced: TracedProgram, session: ort.InferenceSession, device: WebgpuDevice, buildMs: number) {
    this.program = traced.program;
    this.buildMs = buildMs;
    this.#traced = traced;
    this.#session = session;
    this.#device = device;
    this.#written = new WrittenState(traced.program);
  }

  async writeState(values: NamedData): Promise<void> {
    const given = Object.entries(values);
    for (const [name, data] of given) {
      assertData(`state ${this.program.name}`, stateSpec(this.program, name), data);
    }
    await this.#call('writeState', async () => {
      for (const [name, data] of given) {
        this.#replace(name, await this.#device.memory.upload(stateSpec(this.program, name), data));
        this.#written.markWritten(name);
      }
    });
  }

  async readState(names?: readonly string[]): Promise<Record<string, TensorData>> {
    const specs = (names ?? this.program.state.map((spec) => spec.name)).map((name) =>
      stateSpec(this.program, name),
    );
    return this.#call('readState', async () => {
      const read: Record<string, TensorData> = {};
      for (const spec of specs) {
        const tensor = this.#state.get(spec.name);
        if (tensor === undefined) {
          throw new EngineError(
            'executor.failed',
            `readState ${this.program.name}: ${spec.name} was never written`,
          );
        }
        read[spec.name] = await this.#device.memory.download(spec, tensor);
      }
      return read;
    });
  }

  async run(inputs: NamedData): Promise<Record<string, TensorData>> {
    this.#written.assertComplete();
    assertInputs(this.program, inputs);
    return this.#call('run', async () => {
      const feeds: Record<string, ort.Tensor> = {};
      for (const [name, tensor] of this.#state) feeds[portNames.state(name)] = tensor;
      for (const { name, type, shape } of this.program.inputs) {
        feeds[portNames.input(name)] = new Tensor(type, inputs[name]!, shape);
      }
      const results = await this.#session.run(feeds);
      for (const name of this.#traced.changedState) {
        this.#replace(name, results[portNames.nextState(name)] as ort.Tensor);
      }
      return Object.fromEntries(
        this.#traced.outputs.map(({ name }) => [name, results[portNames.output(name)]!.data as TensorData]),
      );
    });
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#disposed = true;
    await this.#device.turns.take(async () => {
      for (const tensor of this.#state.values()) tensor.dispose();
      this.#state.clear();
      await this.#session.release();
    });
  }

  #replace(name: string, tensor: ort.Tensor): void {
    this.#state.get(name)?.dispose();
    this.#state.set(name, tensor);
  }

  /** One use of the device, in its turn. Throws `device.lost` where the device is gone, else `executor.failed`. */
  #call<Result>(operation: string, body: () => Promise<Result>): Promise<Result> {
    const where = `${operation} ${this.program.name}`;
    return this.#device.turns.take(async () => {
      if (this.#disposed) throw new EngineError('executor.failed', `${where}: the program is disposed`);
      try {
        return await body();
      } catch (cause) {
        if (cause instanceof EngineError) throw cause;
        if (!(await isDeviceLost(cause, this.#device.memory))) throw executorFailed(where, cause);
        this.#device.isLost = true;
        throw new EngineError('device.lost', `${where}: the GPU stopped answering: ${messageOf(cause)}`, {
          cause,
        });
      }
    });
  }
}
