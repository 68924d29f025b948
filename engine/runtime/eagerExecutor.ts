// The eager executor: runs the same programs operation by operation on a tfjs backend. Slow on tfjs's own CPU backend;
// it is the reference that compiled executors are tested against.
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { EngineError, messageOf } from '../contract/errors.ts';
import { withBackend } from '../trace/traceProgram.ts';
import { assertData, assertInputs, stateSpec, WrittenState } from './programData.ts';
import type { CompiledProgram, Executor, NamedData, Program, TensorData, TensorSpec } from './program.ts';

/** A tfjs backend that programs run on, operation by operation. */
export interface EagerDevice {
  readonly id: string;
  readonly label: string;
  /** As tfjs knows it. */
  readonly backendName: string;
  /** Makes the backend known to tfjs; called before every program is compiled. */
  readonly prepare?: () => Promise<void>;
}

/** tfjs's own kernels, in plain JavaScript. */
const plainDevice: EagerDevice = {
  id: 'eager-cpu',
  label: 'CPU, operation by operation',
  backendName: 'cpu',
};

/** Runs programs directly on a tfjs backend. */
export class EagerExecutor implements Executor {
  readonly id: string;
  readonly label: string;
  readonly #device: EagerDevice;
  readonly #programs = new Set<CompiledProgram>();

  constructor(device: EagerDevice = plainDevice) {
    this.id = device.id;
    this.label = device.label;
    this.#device = device;
  }

  /** Throws executor.unavailable for a program in mixed precision, and what `prepare` of the device throws. */
  async compile(program: Program): Promise<CompiledProgram> {
    if (program.precision === 'mixed') {
      throw new EngineError(
        'executor.unavailable',
        `${this.id} computes in float32 only: set optimizer.precision to float32, or train on another device`,
      );
    }
    const startedMs = performance.now();
    await this.#device.prepare?.();
    const compiled = new EagerProgram(program, this.#device, performance.now() - startedMs);
    this.#programs.add(compiled);
    return compiled;
  }

  async dispose(): Promise<void> {
    for (const program of this.#programs) await program.dispose();
    this.#programs.clear();
  }
}

class EagerProgram implements CompiledProgram {
  readonly program: Program;
  readonly buildMs: number;
  readonly #device: EagerDevice;
  readonly #state = new Map<string, tf.Tensor>();
  readonly #written: WrittenState;
  #disposed = false;

  constructor(program: Program, device: EagerDevice, buildMs: number) {
    this.program = program;
    this.buildMs = buildMs;
    this.#device = device;
    this.#written = new WrittenState(program);
  }

  async writeState(values: NamedData): Promise<void> {
    for (const [name, data] of Object.entries(values)) {
      assertData(`state ${this.program.name}`, stateSpec(this.program, name), data);
    }
    withBackend(this.#device.backendName, () => {
      for (const [name, data] of Object.entries(values)) {
        this.#replace(name, toTensor(stateSpec(this.program, name), data));
        this.#written.markWritten(name);
      }
    });
  }

  async readState(names?: readonly string[]): Promise<Record<string, TensorData>> {
    const wanted = names ?? this.program.state.map((spec) => spec.name);
    return withBackend(this.#device.backendName, () => {
      const entries = wanted.map((name) => {
        const spec = stateSpec(this.program, name);
        const tensor = this.#state.get(name);
        if (tensor === undefined) {
          throw new EngineError(
            'executor.failed',
            `readState ${this.program.name}: ${name} was never written`,
          );
        }
        return [name, toData(spec.type, tensor)] as const;
      });
      return Object.fromEntries(entries);
    });
  }

  async run(inputs: NamedData): Promise<Record<string, TensorData>> {
    if (this.#disposed) throw new EngineError('executor.failed', `run ${this.program.name}: it is disposed`);
    this.#written.assertComplete();
    assertInputs(this.program, inputs);
    const { next, outputs } = withBackend(this.#device.backendName, () => this.#step(inputs));
    for (const [name, tensor] of Object.entries(next)) this.#replace(name, tensor);
    return outputs;
  }

  /** The new state, to be kept by the caller, and the outputs; every other tensor of the step is gone. */
  #step(inputs: NamedData): { next: Record<string, tf.Tensor>; outputs: Record<string, TensorData> } {
    const next: Record<string, tf.Tensor> = {};
    const outputs: Record<string, TensorData> = {};
    try {
      tf.tidy(() => {
        const fed = this.program.inputs.map(
          (spec) => [spec.name, toTensor(spec, inputs[spec.name]!)] as const,
        );
        const result = this.program.build(Object.fromEntries(fed), Object.fromEntries(this.#state));
        for (const [name, tensor] of Object.entries(result.outputs)) {
          outputs[name] = toData(tensor.dtype === 'int32' ? 'int32' : 'float32', tensor);
        }
        for (const [name, tensor] of Object.entries(result.state)) {
          if (this.#state.get(name) !== tensor) next[name] = tf.keep(tensor.clone());
        }
      });
    } catch (cause) {
      for (const tensor of Object.values(next)) tensor.dispose();
      throw this.#stepFailed(cause);
    }
    return { next, outputs };
  }

  /** A backend's own words under a code; the state is as it was before the step. */
  #stepFailed(cause: unknown): EngineError {
    if (cause instanceof EngineError) return cause;
    const reason = messageOf(cause);
    return new EngineError('executor.failed', `${this.#device.id}: run ${this.program.name}: ${reason}`, {
      cause,
    });
  }

  async dispose(): Promise<void> {
    this.#disposed = true;
    for (const tensor of this.#state.values()) tensor.dispose();
    this.#state.clear();
  }

  #replace(name: string, tensor: tf.Tensor): void {
    this.#state.get(name)?.dispose();
    this.#state.set(name, tf.keep(tensor));
  }
}

function toTensor(spec: TensorSpec, data: TensorData): tf.Tensor {
  const shape = [...spec.shape];
  // A copy: tfjs keeps the array it is given, and callers reuse theirs.
  if (spec.type === 'int32') return tf.tensor(data.slice(), shape, 'int32');
  return tf.tensor(Float32Array.from(data), shape, 'float32');
}

function toData(type: TensorSpec['type'], tensor: tf.Tensor): TensorData {
  const values = tensor.dataSync();
  if (type === 'int32') return Int32Array.from(values);
  return type === 'uint8' ? Uint8Array.from(values) : Float32Array.from(values);
}
