// Kernels that reduce over axes, and softmax.
import {
  util,
  type ArgMaxAttrs,
  type LogSoftmaxAttrs,
  type MaxAttrs,
  type SoftmaxAttrs,
  type SumAttrs,
  type TopKAttrs,
} from '@tensorflow/tfjs-core';
import { sizeOf } from '../graph.ts';
import type { OnnxOperator } from '../operators.ts';
import { logicalShape, type TraceContext, type Traced } from '../traceContext.ts';
import { attributesOf, input, type Rule, type RuleMap } from './rule.ts';

type ReductionKernel =
  | 'Sum' | 'Mean' | 'Max' | 'Min' | 'Prod' | 'All' | 'Any' | 'ArgMax' | 'ArgMin' | 'TopK'
  | 'Softmax' | 'LogSoftmax'; // prettier-ignore

export const reductionRules = {
  Sum: (context, call) => {
    const { axis, keepDims } = attributesOf<SumAttrs>(call);
    const tensor = input(call, 'x');
    const summable = tensor.value.type === 'bool' ? context.cast(tensor, 'int32') : tensor;
    return reduce(context, 'ReduceSum', summable, axis, keepDims);
  },
  Mean: (context, call) => {
    const { axis, keepDims } = attributesOf<SumAttrs>(call);
    return reduce(context, 'ReduceMean', context.cast(input(call, 'x'), 'float32'), axis, keepDims);
  },
  Max: (context, call) => {
    const { reductionIndices, keepDims } = attributesOf<MaxAttrs>(call);
    return reduce(context, 'ReduceMax', input(call, 'x'), reductionIndices, keepDims);
  },
  Min: reduction('ReduceMin'),
  Prod: reduction('ReduceProd'),
  All: (context, call) => reduceBool(context, 'ReduceMin', input(call, 'x'), attributesOf<SumAttrs>(call)),
  Any: (context, call) => reduceBool(context, 'ReduceMax', input(call, 'x'), attributesOf<SumAttrs>(call)),
  ArgMax: argument('ArgMax'),
  ArgMin: argument('ArgMin'),
  TopK: (context, call) => {
    const { k } = attributesOf<TopKAttrs>(call);
    const value = context.plain(input(call, 'x'));
    const shape = [...value.shape.slice(0, -1), k];
    const results = [
      { shape, type: value.type },
      { shape, type: 'int64' as const },
    ];
    const [best, places] = context.builder.ops('TopK', [value, context.builder.int64([k])], results, {
      axis: -1,
      sorted: 1,
    });
    return [context.wrap(best!), context.cast(context.wrap(places!), 'int32')];
  },
  Softmax: (context, call) =>
    softmax(context, 'Softmax', input(call, 'logits'), attributesOf<SoftmaxAttrs>(call).dim),
  LogSoftmax: (context, call) =>
    softmax(context, 'LogSoftmax', input(call, 'logits'), attributesOf<LogSoftmaxAttrs>(call).axis),
} satisfies RuleMap<ReductionKernel>;

type AxisParameter = number | number[] | undefined;

/** Reduces over logical axes (all of them when none are named). */
export function reduce(
  context: TraceContext,
  op: OnnxOperator,
  tensor: Traced,
  axis: AxisParameter,
  keepDims: boolean | undefined,
): Traced {
  const shape = logicalShape(tensor);
  const axes = util.parseAxisParam(axis as number | number[], shape);
  if (axes.length === 0) return tensor;
  const { type } = tensor.value;
  const places = axes.map((each) => tensor.permutation[each]!).toSorted((a, b) => a - b);
  const kept = tensor.value.shape.map((extent, place) => (places.includes(place) ? 1 : extent));
  const inputs = [tensor.value, context.builder.int64(places)];
  const finalShape = keepDims
    ? shape.map((extent, each) => (axes.includes(each) ? 1 : extent))
    : shape.filter((_, each) => !axes.includes(each));
  if (sizeOf(kept) === sizeOf(tensor.value.shape)) return context.reshape(tensor, finalShape);
  const value = context.builder.op(op, inputs, { shape: kept, type }, { keepdims: 1 });
  return context.reshape({ value, permutation: tensor.permutation }, finalShape);
}

function reduction(op: OnnxOperator): Rule {
  return (context, call) => {
    const { axis, keepDims } = attributesOf<SumAttrs>(call);
    return reduce(context, op, input(call, 'x'), axis, keepDims);
  };
}

function reduceBool(context: TraceContext, op: OnnxOperator, tensor: Traced, attributes: SumAttrs): Traced {
  const numbers = context.cast(tensor, 'int32');
  return context.cast(reduce(context, op, numbers, attributes.axis, attributes.keepDims), 'bool');
}

function argument(op: 'ArgMax' | 'ArgMin'): Rule {
  return (context, call) => {
    const tensor = input(call, 'x');
    const shape = logicalShape(tensor);
    const [axis] = util.parseAxisParam(attributesOf<ArgMaxAttrs>(call).axis, shape);
    if (!context.has(op)) return firstExtreme(context, op, tensor, axis!);
    const place = tensor.permutation[axis!]!;
    const kept = tensor.value.shape.map((extent, each) => (each === place ? 1 : extent));
    const attributes = { axis: place, keepdims: 1 };
    const value = context.builder.op(op, [tensor.value], { shape: kept, type: 'int64' }, attributes);
    const found = context.reshape(
      { value, permutation: tensor.permutation },
      shape.filter((_, each) => each !== axis),
    );
    return context.cast(found, 'int32');
  };
}

function softmax(
  context: TraceContext,
  op: 'Softmax' | 'LogSoftmax',
  tensor: Traced,
  dim: number | undefined,
): Traced {
  const rank = tensor.permutation.length;
  const along = dim === undefined || dim < 0 ? rank + (dim ?? -1) : dim;
  if (!context.has(op)) return logSoftmax(context, tensor, along);
  const axis = tensor.permutation[along]!;
  return context.elementwise(op, [tensor], 'float32', { axis });
}

/** x − max − log Σ exp(x − max), for devices that have it not as one operator. */
function logSoftmax(context: TraceContext, tensor: Traced, axis: number): Traced {
  const centred = context.elementwise('Sub', [tensor, reduce(context, 'ReduceMax', tensor, axis, true)]);
  const sum = reduce(context, 'ReduceSum', context.elementwise('Exp', [centred]), axis, true);
  return context.elementwise('Sub', [centred, context.elementwise('Log', [sum])]);
}

/** The first place of the largest or smallest element: of all places that hold it, the least. */
function firstExtreme(context: TraceContext, op: 'ArgMax' | 'ArgMin', tensor: Traced, axis: number): Traced {
  const shape = logicalShape(tensor);
  const extent = shape[axis]!;
  const best = reduce(context, op === 'ArgMax' ? 'ReduceMax' : 'ReduceMin', tensor, axis, true);
  const isBest = context.elementwise('Equal', [tensor, best], 'bool');
  const along = shape.map((_, each) => (each === axis ? extent : 1));
  const places = Int32Array.from({ length: extent }, (_, place) => place);
  const positions = context.wrap(context.builder.constant(places, along, 'int32'));
  const last = context.scalar(extent - 1, 'int32');
  const found = context.elementwise('Where', [isBest, positions, last], 'int32');
  return reduce(context, 'ReduceMin', found, axis, false);
}
