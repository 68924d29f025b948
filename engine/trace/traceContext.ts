// Tensors during a trace. tfjs thinks in NHWC, ONNX in NCHW: a traced tensor carries the permutation between the two and
// moves no data for it; a Transpose is made only where an operator needs another order in storage.
import { EngineError } from '../contract/errors.ts';
import { GraphBuilder, type ResultSpec } from './graphBuilder.ts';
import { broadcastShape, sizeOf, type Attributes, type Value, type ValueType } from './graph.ts';
import {
  identityPermutation,
  invertPermutation,
  isIdentity,
  reshapePermuted,
  samePermutation,
  type Permutation,
} from './permutation.ts';
import type { OnnxOperator } from './operators.ts';
import type { Provider } from './provider.ts';

/** A tensor of the traced program: logical axis i is axis permutation[i] of `value`. */
export interface Traced {
  readonly value: Value;
  readonly permutation: Permutation;
}

/** Shape as the traced program sees it. */
export function logicalShape(tensor: Traced): number[] {
  return tensor.permutation.map((place) => tensor.value.shape[place]!);
}

/** Storage order of NHWC tensors as ONNX wants them: N, H, W, C lie at 0, 2, 3, 1. */
export const nhwcAsNchw: Permutation = [0, 2, 3, 1];
/** Storage order of HWIO filters as ONNX wants them (OIHW). */
export const hwioAsOihw: Permutation = [2, 3, 1, 0];

export class TraceContext {
  readonly builder = new GraphBuilder();
  readonly provider: Provider;

  constructor(provider: Provider) {
    this.provider = provider;
  }

  /** True where the device computes an operator on operands of a type. */
  has(operator: OnnxOperator, type: ValueType = 'float32'): boolean {
    return this.provider.operators[operator].includes(type);
  }

  /** A value in plain order. */
  wrap(value: Value): Traced {
    return { value, permutation: identityPermutation(value.shape.length) };
  }

  /** The value of a tensor with its axes stored in plain order. */
  plain(tensor: Traced): Value {
    return this.inOrder(tensor, identityPermutation(tensor.permutation.length));
  }

  /** The value of a tensor with logical axis i stored at permutation[i]. */
  inOrder(tensor: Traced, permutation: Permutation): Value {
    if (samePermutation(tensor.permutation, permutation)) return tensor.value;
    const perm = invertPermutation(permutation).map((axis) => tensor.permutation[axis]!);
    const shape = perm.map((axis) => tensor.value.shape[axis]!);
    return this.move('Transpose', [tensor.value], shape, { perm });
  }

  /** The tensor with its axes reordered as tf.transpose does; moves no data. */
  transpose(tensor: Traced, axes: readonly number[]): Traced {
    return { value: tensor.value, permutation: axes.map((axis) => tensor.permutation[axis]!) };
  }

  /** The tensor in another shape; moves data only where its storage order forces it. */
  reshape(tensor: Traced, shape: readonly number[]): Traced {
    if (isIdentity(tensor.permutation)) return this.wrap(this.builder.reshape(tensor.value, shape));
    const kept = reshapePermuted(logicalShape(tensor), tensor.permutation, shape);
    if (kept === undefined) return this.wrap(this.builder.reshape(this.plain(tensor), shape));
    return {
      value: this.builder.reshape(tensor.value, kept.physicalShape),
      permutation: kept.permutation,
    };
  }

  /** Brings tensors that are combined element by element into one storage order: that of the largest. */
  align(tensors: readonly Traced[]): { readonly values: Value[]; readonly permutation: Permutation } {
    const rank = Math.max(...tensors.map((tensor) => tensor.permutation.length));
    const largest = tensors
      .filter((tensor) => tensor.permutation.length === rank)
      .reduce((best, tensor) => (weight(tensor) > weight(best) ? tensor : best));
    const { permutation } = largest;
    const plainOrder = isIdentity(permutation);
    const values = tensors.map((tensor) => {
      if (plainOrder || tensor.permutation.length === 0) return this.plain(tensor);
      return this.inOrder(this.#withRank(tensor, rank), permutation);
    });
    return { values, permutation };
  }

  /** An elementwise operator with broadcasting. */
  elementwise(
    op: OnnxOperator,
    tensors: readonly Traced[],
    type: ValueType = tensors[0]!.value.type,
    attributes: Attributes = {},
  ): Traced {
    const { values, permutation } = this.align(tensors);
    const shape = broadcastShape(...values.map((value) => value.shape));
    return { value: this.builder.op(op, values, { shape, type }, attributes), permutation };
  }

  /** An operator with one output in plain order. */
  op(op: OnnxOperator, inputs: readonly Value[], result: ResultSpec, attributes: Attributes = {}): Traced {
    return this.wrap(this.builder.op(op, inputs, result, attributes));
  }

  /**
   * An operator that only moves elements of its first `sources` inputs (default: one). Truth values travel as whole
   * numbers where the device moves no others.
   */
  move(
    op: OnnxOperator,
    inputs: readonly Value[],
    shape: readonly number[],
    attributes: Attributes = {},
    sources = 1,
  ): Value {
    const { type } = inputs[0]!;
    if (type !== 'bool' || this.has(op, type))
      return this.builder.op(op, inputs, { shape, type }, attributes);
    const carried = inputs.map((value, index) => (index < sources ? this.#castValue(value, 'int32') : value));
    return this.#castValue(this.builder.op(op, carried, { shape, type: 'int32' }, attributes), type);
  }

  cast(tensor: Traced, type: ValueType): Traced {
    return { value: this.#castValue(tensor.value, type), permutation: tensor.permutation };
  }

  #castValue(value: Value, type: ValueType): Value {
    return this.builder.op('Cast', [value], { shape: value.shape, type }, { to: type });
  }

  /** A scalar of the given type. */
  scalar(number: number, type: ValueType = 'float32'): Traced {
    return this.wrap(this.builder.splat(number, [], type));
  }

  #withRank(tensor: Traced, rank: number): Traced {
    const missing = rank - tensor.permutation.length;
    if (missing === 0) return tensor;
    const ones = Array.from({ length: missing }, () => 1);
    return {
      value: this.builder.reshape(tensor.value, [...ones, ...tensor.value.shape]),
      permutation: [...identityPermutation(missing), ...tensor.permutation.map((place) => place + missing)],
    };
  }
}

/** Cost of moving a tensor to another order; constants move while tracing, for free. */
function weight(tensor: Traced): number {
  return tensor.value.source.kind === 'node' || tensor.value.source.kind === 'input'
    ? sizeOf(tensor.value.shape)
    : 0;
}

/** The error for something that cannot be put into a static graph. */
export function unsupported(kernel: string, reason: string): EngineError {
  return new EngineError('trace.unsupported', `trace: kernel ${kernel}: ${reason}`, {
    details: { kernel, reason },
  });
}
