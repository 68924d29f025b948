// The eager executor: runs the same programs operation by operation on a tfjs backend. Slow on tfjs's own CPU backend;
// it is the reference that compiled executors are tested against.
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import '@tensorflow/tfjs-backend-cpu';
import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../contract/errors.ts';
import { withBackend } from '../trace/traceProgram.ts';
import { assertData, assertInputs, stateSpec, WrittenState } from './programData.ts';
import type { CompiledProgram, Executor, NamedData, Program, TensorData, TensorSpec } from './program.ts';

/** Runs programs directly on a registered tfjs backend. */
export class EagerExecutor implements Executor {
  readonly id: string;
  readonly label: string;
  readonly #backendName: string;
  readonly #programs = new Set<CompiledProgram>();

  constructor(id = 'eager-cpu', label = 'CPU, operation by operation', backendName = 'cpu') {
    this.id = id;
    this.label = label;
    this.#backendName = backendName;
  }

  async compile(program: Program): Promise<CompiledProgram> {
    const compiled = new EagerProgram(program, this.#backendName);
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
  readonly buildMs = 0;
  readonly #backendName: string;
  readonly #state = new Map<string, tf.Tensor>();
  readonly #written: WrittenState;
  #disposed = false;

  constructor(program: Program, backendName: string) {
    this.program = program;
    this.#backendName = backendName;
    this.#written = new WrittenState(program);
  }

  async writeState(values: NamedData): Promise<void> {
    for (const [name, data] of Object.entries(values)) {
      assertData(`state ${this.program.name}`, stateSpec(this.program, name), data);
    }
    withBackend(this.#backendName, () => {
      for (const [name, data] of Object.entries(values)) {
        this.#replace(name, toTensor(stateSpec(this.program, name), data));
        this.#written.markWritten(name);
      }
    });
  }

  async readState(names?: readonly string[]): Promise<Record<string, TensorData>> {
    const wanted = names ?? this.program.state.map((spec) => spec.name);
    return withBackend(this.#backendName, () => {
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
    return withBackend(this.#backendName, () => {
      const next: Record<string, tf.Tensor> = {};
      const outputs: Record<string, TensorData> = {};
      tf.tidy(() => {
        const fed = this.program.inputs.map(
          (spec) => [spec.name, toTensor(spec, inputs[spec.name]!)] as const,
        );
        const result = this.program.build(Object.fromEntries(fed), Object.fromEntries(this.#state));
        for (const [name, tensor] of Object.entries(result.state)) {
          if (this.#state.get(name) !== tensor) next[name] = tf.keep(tensor.clone());
        }
        for (const [name, tensor] of Object.entries(result.outputs)) {
          outputs[name] = toData(tensor.dtype === 'int32' ? 'int32' : 'float32', tensor);
        }
      });
      for (const [name, tensor] of Object.entries(next)) this.#replace(name, tensor);
      return outputs;
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
