// The compiled executor: a program is traced once into an ONNX graph and run by onnxruntime, one call a step. On the
// CPU the state is overwritten where it lies, wherever the graph proves that safe.
import * as ort from 'onnxruntime-node';
import { EngineError } from '../contract/errors.ts';
import { encodeOnnx } from '../trace/encodeOnnx.ts';
import { findInPlaceState } from '../trace/inPlace.ts';
import { cpuProvider, type Provider } from '../trace/provider.ts';
import { portNames, traceProgram, type TracedProgram } from '../trace/traceProgram.ts';
import { collectGarbage } from './collectGarbage.ts';
import { createCpuSession, executorFailed, type SessionOptions } from './ortSession.ts';
import { allocate, assertData, assertInputs, elementCount, stateSpec, WrittenState } from './programData.ts';
import type { CompiledProgram, Executor, NamedData, Program, TensorData, TensorSpec } from './program.ts';

export interface CompiledOptions extends SessionOptions {
  /** `in-place` (default) overwrites state where that is safe; `ping-pong` always alternates between two buffers. */
  readonly stateBuffers?: 'in-place' | 'ping-pong';
}

/** A device that onnxruntime can run whole graphs on: what it lacks, and how a session is opened on it. */
export interface CompiledDevice {
  readonly id: string;
  readonly label: string;
  readonly provider: Provider;
  readonly createSession: (model: Uint8Array, options: SessionOptions) => Promise<ort.InferenceSession>;
}

/** onnxruntime's own CPU kernels. */
export const cpuDevice: CompiledDevice = {
  id: 'compiled-cpu',
  label: 'CPU, compiled',
  provider: cpuProvider,
  createSession: createCpuSession,
};

/** Runs programs as compiled graphs, on the CPU unless told otherwise; state lies in the memory of the process. */
export class CompiledExecutor implements Executor {
  readonly id: string;
  readonly label: string;
  readonly #device: CompiledDevice;
  readonly #options: CompiledOptions;
  readonly #programs = new Set<CompiledProgram>();

  constructor(options: CompiledOptions = {}, device: CompiledDevice = cpuDevice) {
    this.id = device.id;
    this.label = device.label;
    this.#device = device;
    this.#options = options;
  }

  /** Traces the program and builds its session. Throws `trace.unsupported`, `tensor.shape`, `executor.failed`. */
  async compile(program: Program): Promise<CompiledProgram> {
    const startedMs = performance.now();
    const traced = traceProgram(program, this.#device.provider);
    const session = await this.#device.createSession(
      encodeOnnx(traced.graph, { emptySequence: uncopied }),
      this.#options,
    );
    const state = new StateBuffers(traced, this.#options.stateBuffers ?? 'in-place');
    const compiled = new OrtProgram(traced, session, state, performance.now() - startedMs);
    this.#programs.add(compiled);
    return compiled;
  }

  async dispose(): Promise<void> {
    for (const program of this.#programs) await program.dispose();
    this.#programs.clear();
  }
}

/** From here on a copy of the state that nobody needs is worth the time of collecting it. */
const largeStateBytes = 32e6;

/** The state tensors of one program: one buffer each where it may be overwritten, else two that take turns. */
class StateBuffers {
  readonly feeds: Record<string, ort.Tensor> = {};
  readonly fetches: Record<string, ort.Tensor> = {};
  readonly #alternating: readonly string[];

  constructor(traced: TracedProgram, mode: 'in-place' | 'ping-pong') {
    const inPlace = mode === 'in-place' ? inPlaceNames(traced) : new Set<string>();
    for (const spec of traced.program.state) {
      const tensor = emptyTensor(spec);
      this.feeds[portNames.state(spec.name)] = tensor;
      if (!traced.changedState.includes(spec.name)) continue;
      this.fetches[portNames.nextState(spec.name)] = inPlace.has(spec.name) ? tensor : emptyTensor(spec);
    }
    this.#alternating = traced.changedState.filter((name) => !inPlace.has(name));
  }

  get sizeBytes(): number {
    return Object.values(this.feeds).reduce((sum, tensor) => sum + (tensor.data as TensorData).byteLength, 0);
  }

  /** The present values of a state tensor. */
  current(name: string): TensorData {
    return this.feeds[portNames.state(name)]!.data as TensorData;
  }

  /** Makes what the last call wrote the present state. */
  advance(): void {
    for (const name of this.#alternating) {
      const from = portNames.state(name);
      const to = portNames.nextState(name);
      [this.feeds[from], this.fetches[to]] = [this.fetches[to]!, this.feeds[from]!];
    }
  }
}

function inPlaceNames(traced: TracedProgram): ReadonlySet<string> {
  const inputs = new Map(
    traced.graph.inputs.map((value) => [value.source.kind === 'input' ? value.source.name : '', value]),
  );
  const outputs = new Map(traced.graph.outputs.map(({ name, value }) => [name, value]));
  const pairs = traced.changedState.map((name) => ({
    name,
    input: inputs.get(portNames.state(name))!,
    output: outputs.get(portNames.nextState(name))!,
  }));
  const safe = findInPlaceState(traced.graph, pairs);
  return new Set(pairs.filter((pair) => safe.has(pair)).map((pair) => pair.name));
}

function emptyTensor(spec: TensorSpec): ort.Tensor {
  return new ort.Tensor(spec.type, allocate(spec.type, elementCount(spec)), spec.shape);
}

class OrtProgram implements CompiledProgram {
  readonly program: Program;
  readonly buildMs: number;
  readonly #traced: TracedProgram;
  readonly #session: ort.InferenceSession;
  readonly #state: StateBuffers;
  readonly #written: WrittenState;
  #disposed = false;
  #running = false;
  #started = false;

  constructor(traced: TracedProgram, session: ort.InferenceSession, state: StateBuffers, buildMs: number) {
    this.program = traced.program;
    this.buildMs = buildMs;
    this.#traced = traced;
    this.#session = session;
    this.#state = state;
    this.#written = new WrittenState(traced.program);
  }

  async writeState(values: NamedData): Promise<void> {
    this.#assertIdle('writeState');
    for (const [name, data] of Object.entries(values)) {
      assertData(`state ${this.program.name}`, stateSpec(this.program, name), data);
    }
    for (const [name, data] of Object.entries(values)) {
      this.#state.current(name).set(data);
      this.#written.markWritten(name);
    }
  }

  async readState(names?: readonly string[]): Promise<Record<string, TensorData>> {
    this.#assertIdle('readState');
    const wanted = names ?? this.program.state.map((spec) => spec.name);
    return Object.fromEntries(
      wanted.map((name) => [name, this.#state.current(stateSpec(this.program, name).name).slice()]),
    );
  }

  async run(inputs: NamedData): Promise<Record<string, TensorData>> {
    this.#assertIdle('run');
    this.#written.assertComplete();
    assertInputs(this.program, inputs);
    if (!this.#started) await this.#start();
    const feeds: Record<string, ort.Tensor> = { ...this.#state.feeds };
    for (const spec of this.program.inputs) {
      feeds[portNames.input(spec.name)] = new ort.Tensor(spec.type, inputs[spec.name]!, spec.shape);
    }
    const fetches: Record<string, ort.Tensor | null> = { [uncopied]: null, ...this.#state.fetches };
    const outputs: Record<string, TensorData> = {};
    for (const spec of this.#traced.outputs) {
      const tensor = emptyTensor(spec);
      outputs[spec.name] = tensor.data as TensorData;
      fetches[portNames.output(spec.name)] = tensor;
    }
    this.#running = true;
    try {
      await this.#session.run(feeds, fetches);
    } catch (cause) {
      if (!isUncopied(cause)) throw executorFailed(`run ${this.program.name}`, cause);
    } finally {
      this.#running = false;
    }
    this.#state.advance();
    return outputs;
  }

  async dispose(): Promise<void> {
    if (this.#disposed) return;
    this.#assertIdle('dispose');
    this.#disposed = true;
    await this.#session.release();
  }

  /** Before the first call takes memory for its buffers: lets go of the arrays that the first state came in. */
  async #start(): Promise<void> {
    this.#started = true;
    if (this.#state.sizeBytes > largeStateBytes) await collectGarbage();
  }

  #assertIdle(operation: string): void {
    const state = this.#disposed ? 'disposed' : this.#running ? 'running' : 'idle';
    if (state === 'idle') return;
    throw new EngineError(
      'executor.failed',
      `${operation} ${this.program.name}: expected an idle program, it is ${state}`,
    );
  }
}

/**
 * After a call, onnxruntime's Node binding copies every output into a new JavaScript array, also those that already lie in
 * arrays of ours: four times all weights in each step. It does so in order, and refuses outputs that are no tensors. So
 * the first output is an empty sequence: everything has been computed and written by then, and nothing is copied.
 */
const uncopied = 'uncopied';

function isUncopied(cause: unknown): boolean {
  return cause instanceof Error && cause.message.startsWith('Non tensor type');
}
