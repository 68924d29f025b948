// A tfjs backend that computes nothing: each kernel call adds its operators to the graph being traced.
import * as tf from '@tensorflow/tfjs-core';
import * as kernelNames from '@tensorflow/tfjs-core/dist/kernel_names.js';
import { EngineError } from '../contract/errors.ts';
import { kernelRules } from './kernelRules.ts';
import type { ConstantData, Value } from './graph.ts';
import type { Rule } from './rules/rule.ts';
import { logicalShape, unsupported, type TraceContext, type Traced } from './traceContext.ts';

export const traceBackendName = 'trace';

/** Tensors of the trace backend hold a place in the graph instead of numbers. */
export class TraceBackend extends tf.KernelBackend {
  readonly #tensors = new tf.DataStorage<{ readonly traced: Traced; references: number }>(this, tf.engine());
  #context: TraceContext | undefined;

  /** The trace that is being recorded. */
  get context(): TraceContext {
    if (this.#context === undefined) throw new EngineError('internal', 'trace: no trace is being recorded');
    return this.#context;
  }

  /** Records into `context` while `body` runs. */
  record<Result>(context: TraceContext, body: () => Result): Result {
    if (this.#context !== undefined)
      throw new EngineError('internal', 'trace: a trace is already being recorded');
    this.#context = context;
    try {
      return body();
    } finally {
      this.#context = undefined;
    }
  }

  /** The place in the graph that a tensor stands for. */
  tracedOf(tensor: tf.TensorInfo): Traced {
    return this.#tensors.get(tensor.dataId).traced;
  }

  /** A tensor that stands for a place in the graph. */
  tensorInfo(traced: Traced): tf.TensorInfo {
    const dataId = {};
    this.#tensors.set(dataId, { traced, references: 1 });
    return { dataId, shape: logicalShape(traced), dtype: tensorType(traced.value) };
  }

  /** A tfjs tensor for a place in the graph, to be passed to a program. */
  tensor(traced: Traced): tf.Tensor {
    return tf.engine().makeTensorFromTensorInfo(this.tensorInfo(traced));
  }

  override write(values: tf.backend_util.BackendValues, shape: number[], dtype: tf.DataType): object {
    const dataId = {};
    this.move(dataId, values, shape, dtype, 1);
    return dataId;
  }

  override move(
    dataId: object,
    values: tf.backend_util.BackendValues,
    shape: number[],
    dtype: tf.DataType,
    references: number,
  ): void {
    const traced = this.context.wrap(constant(this.context, values, shape, dtype));
    this.#tensors.set(dataId, { traced, references });
  }

  override readSync(): never {
    throw unsupported('read', 'a traced program must not read the values of its tensors');
  }

  override read(): Promise<never> {
    return Promise.reject(unsupported('read', 'a traced program must not read the values of its tensors'));
  }

  override refCount(dataId: object): number {
    return this.#tensors.has(dataId) ? this.#tensors.get(dataId).references : 0;
  }

  override incRef(dataId: object): void {
    this.#tensors.get(dataId).references++;
  }

  decRef(dataId: object): void {
    this.#tensors.get(dataId).references--;
  }

  override disposeData(dataId: object, force = false): boolean {
    if (!this.#tensors.has(dataId)) return true;
    const entry = this.#tensors.get(dataId);
    entry.references--;
    if (!force && entry.references > 0) return false;
    return this.#tensors.delete(dataId);
  }

  override numDataIds(): number {
    return this.#tensors.numDataIds();
  }

  override memory(): { unreliable: boolean } {
    return { unreliable: true };
  }

  override floatPrecision(): 32 {
    return 32;
  }

  override epsilon(): number {
    return 1e-7;
  }

  override timerAvailable(): boolean {
    return false;
  }

  override dispose(): void {}
}

function tensorType(value: Value): tf.DataType {
  if (value.type === 'float32' || value.type === 'int32' || value.type === 'bool') return value.type;
  throw new EngineError('internal', `trace: a tensor cannot hold ${value.type}`);
}

function constant(
  context: TraceContext,
  values: tf.backend_util.BackendValues,
  shape: number[],
  dtype: tf.DataType,
): Value {
  if (dtype !== 'float32' && dtype !== 'int32' && dtype !== 'bool') {
    throw unsupported('write', `expected a constant of float32, int32 or bool, got ${dtype}`);
  }
  const numbers = values as ArrayLike<number>;
  const data: ConstantData =
    dtype === 'float32'
      ? Float32Array.from(numbers)
      : dtype === 'int32'
        ? Int32Array.from(numbers)
        : Uint8Array.from(numbers);
  return context.builder.constant(data, shape, dtype);
}

let backend: TraceBackend | undefined;

/** The trace backend, registered with tfjs on first use together with a rule, or a refusal, for every kernel. */
export function traceBackend(): TraceBackend {
  if (backend !== undefined) return backend;
  const created = new TraceBackend();
  tf.registerBackend(traceBackendName, () => created, 0);
  for (const [kernelName, rule] of Object.entries(kernelRules)) registerRule(created, kernelName, rule);
  for (const kernelName of Object.values(kernelNames)) {
    if (typeof kernelName !== 'string' || kernelName in kernelRules) continue;
    registerRule(created, kernelName, () => {
      throw unsupported(kernelName, 'there is no rule to put it into a graph');
    });
  }
  backend = created;
  return created;
}

/** Teaches the trace backend one kernel more; used for the primitives of our own. */
export function registerRule(target: TraceBackend, kernelName: string, rule: Rule): void {
  tf.registerKernel({
    kernelName,
    backendName: traceBackendName,
    kernelFunc: ({ inputs, attrs }) => {
      const traced = Object.entries(inputs).flatMap(([name, tensor]) =>
        tensor === undefined || tensor === null ? [] : [[name, target.tracedOf(tensor)] as const],
      );
      const call = { kernel: kernelName, inputs: Object.fromEntries(traced), attributes: attrs ?? {} };
      const result = rule(target.context, call);
      if (!Array.isArray(result)) return target.tensorInfo(result as Traced);
      return result.map((each: Traced) => target.tensorInfo(each));
    },
  });
}
