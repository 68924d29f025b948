// Kernels that pick or place elements by index.
import type {
  GatherV2Attrs,
  OneHotAttrs,
  ScatterNdAttrs,
  UnsortedSegmentSumAttrs,
} from '@tensorflow/tfjs-core';
import { util } from '@tensorflow/tfjs-core';
import { isIdentity } from '../permutation.ts';
import { sizeOf } from '../graph.ts';
import { expandTo } from '../simplify.ts';
import { logicalShape, unsupported, type TraceContext, type Traced } from '../traceContext.ts';
import { multiply } from './matmul.ts';
import { attributesOf, input, valueType, type RuleMap } from './rule.ts';

type IndexingKernel = 'GatherV2' | 'GatherNd' | 'ScatterNd' | 'UnsortedSegmentSum' | 'OneHot';

export const indexingRules = {
  GatherV2: (context, call) => {
    const { axis, batchDims } = attributesOf<GatherV2Attrs>(call);
    if (batchDims !== 0) throw unsupported('GatherV2', `expected batchDims 0, got ${batchDims}`);
    const [along] = util.parseAxisParam(axis, logicalShape(input(call, 'x')));
    return gather(context, input(call, 'x'), input(call, 'indices'), along!);
  },
  GatherNd: (context, call) => {
    const data = context.plain(input(call, 'params'));
    const indices = context.plain(context.cast(input(call, 'indices'), 'int64'));
    const depth = indices.shape.at(-1)!;
    const shape = [...indices.shape.slice(0, -1), ...data.shape.slice(depth)];
    return context.op('GatherND', [data, indices], { shape, type: data.type });
  },
  ScatterNd: (context, call) => {
    const { shape } = attributesOf<ScatterNdAttrs>(call);
    const indices = input(call, 'indices');
    const updates = input(call, 'updates');
    const depth = logicalShape(indices).at(-1)!;
    const count = sizeOf(logicalShape(indices)) / depth;
    const strides = shape.slice(0, depth).map((_, axis) => sizeOf(shape.slice(axis + 1, depth)));
    const weights = context.wrap(context.builder.constant(Int32Array.from(strides), [1, depth], 'int32'));
    const places = context.elementwise('Mul', [context.reshape(indices, [count, depth]), weights]);
    const rowIndex = sumColumns(context, places, count, depth);
    const rowSize = sizeOf(shape.slice(depth));
    const rows = context.reshape(updates, [count, rowSize]);
    const summed = sumRows(context, rows, rowIndex, sizeOf(shape.slice(0, depth)));
    return context.reshape(summed, shape);
  },
  UnsortedSegmentSum: (context, call) => {
    const { numSegments } = attributesOf<UnsortedSegmentSumAttrs>(call);
    const tensor = input(call, 'x');
    const ids = input(call, 'segmentIds');
    const count = sizeOf(logicalShape(ids));
    const rest = logicalShape(tensor).slice(ids.permutation.length);
    const rows = context.reshape(tensor, [count, sizeOf(rest)]);
    const summed = sumRows(context, rows, context.reshape(ids, [count]), numSegments);
    return context.reshape(summed, [numSegments, ...rest]);
  },
  OneHot: (context, call) => {
    const { depth, onValue, offValue, dtype } = attributesOf<OneHotAttrs>(call);
    const hot = oneHot(context, input(call, 'indices'), depth);
    const type = valueType(dtype ?? 'float32');
    return context.elementwise(
      'Where',
      [hot, context.scalar(onValue, type), context.scalar(offValue, type)],
      type,
    );
  },
} satisfies RuleMap<IndexingKernel>;

/** Slices of a tensor along one logical axis, chosen by index. */
export function gather(context: TraceContext, tensor: Traced, indices: Traced, axis: number): Traced {
  const places = context.plain(indices);
  const keepsOrder = places.shape.length === 1 || isIdentity(tensor.permutation);
  const source = keepsOrder ? tensor : context.wrap(context.plain(tensor));
  const place = source.permutation[axis]!;
  const { shape, type } = source.value;
  const result = { shape: [...shape.slice(0, place), ...places.shape, ...shape.slice(place + 1)], type };
  const value = context.builder.op('Gather', [source.value, places], result, { axis: place });
  return places.shape.length === 1 ? { value, permutation: source.permutation } : context.wrap(value);
}

/** indices [..] → bool [.., depth]; true where the index is the position. */
function oneHot(context: TraceContext, indices: Traced, depth: number): Traced {
  const positions = context.builder.constant(
    Int32Array.from({ length: depth }, (_, i) => i),
    [depth],
    'int32',
  );
  const column = context.reshape(indices, [...logicalShape(indices), 1]);
  return context.elementwise('Equal', [column, context.wrap(positions)], 'bool');
}

function sumColumns(context: TraceContext, table: Traced, count: number, depth: number): Traced {
  if (depth === 1) return context.reshape(table, [count]);
  const axes = context.builder.int64([1]);
  const value = context.plain(table);
  return context.op('ReduceSum', [value, axes], { shape: [count], type: 'int32' }, { keepdims: 0 });
}

/**
 * Adds each row [n, D] into the row of the result [segments, D] that its index names; indices outside are dropped.
 * ScatterElements adds in order, so the result does not depend on threads. Where it is missing, or for whole numbers,
 * a product with a table of ones and zeros does the same.
 */
function sumRows(context: TraceContext, rows: Traced, index: Traced, segments: number): Traced {
  const [count, width] = logicalShape(rows) as [number, number];
  if (context.has('ScatterElements') && segments * count > 4096) {
    const inside = context.elementwise('And', [
      context.elementwise('GreaterOrEqual', [index, context.scalar(0, 'int32')], 'bool'),
      context.elementwise('Less', [index, context.scalar(segments, 'int32')], 'bool'),
    ]);
    // One more row than asked takes what is dropped.
    const safe = context.elementwise('Where', [inside, index, context.scalar(segments, 'int32')], 'int32');
    const column = context.plain(context.reshape(safe, [count, 1]));
    const indices = expandTo(context.builder, column, [count, width]);
    const zeros = context.builder.splat(0, [segments + 1, width], rows.value.type);
    const result = { shape: [segments + 1, width], type: rows.value.type };
    const attributes = { axis: 0, reduction: 'add' };
    const sums = context.op('ScatterElements', [zeros, indices, context.plain(rows)], result, attributes);
    const kept = context.builder.int64([0]);
    const inputs = [sums.value, kept, context.builder.int64([segments]), kept, context.builder.int64([1])];
    return context.op('Slice', inputs, { shape: [segments, width], type: rows.value.type });
  }
  const table = context.transpose(context.cast(oneHot(context, index, segments), 'float32'), [1, 0]);
  return context.cast(multiply(context, table, context.cast(rows, 'float32')), rows.value.type);
}
