// Kernels that arrange elements: reshape, transpose, slice, pad, join, split, repeat, and constants.
import {
  slice_util,
  util,
  type BroadCastToAttrs,
  type ConcatAttrs,
  type ExpandDimsAttrs,
  type FillAttrs,
  type LinSpaceAttrs,
  type MirrorPadAttrs,
  type PackAttrs,
  type PadV2Attrs,
  type RangeAttrs,
  type ReshapeAttrs,
  type ReverseAttrs,
  type SliceAttrs,
  type SplitVAttrs,
  type StridedSliceAttrs,
  type TileAttrs,
  type TransposeAttrs,
  type UnpackAttrs,
} from '@tensorflow/tfjs-core';
import { sameShape, sizeOf } from '../graph.ts';
import { logicalShape, unsupported, type TraceContext, type Traced } from '../traceContext.ts';
import { expandTo } from '../simplify.ts';
import { gather } from './indexing.ts';
import { attributesOf, input, valueType, type RuleMap } from './rule.ts';

type ShapeKernel =
  | 'Reshape' | 'ExpandDims' | 'Transpose' | 'Slice' | 'StridedSlice' | 'Reverse' | 'PadV2' | 'MirrorPad'
  | 'Concat' | 'Pack' | 'SplitV' | 'Unpack' | 'Tile' | 'BroadcastTo'
  | 'Fill' | 'OnesLike' | 'ZerosLike' | 'Range' | 'LinSpace'; // prettier-ignore

export const shapeRules = {
  Reshape: (context, call) => {
    const tensor = input(call, 'x');
    const count = sizeOf(tensor.value.shape);
    const shape = util.inferFromImplicitShape(attributesOf<ReshapeAttrs>(call).shape, count);
    // What is cut or joined goes on to matrix products or to the state: put it in plain order once, here.
    const keepsAxes = sameShape(shape.filter(isWide), logicalShape(tensor).filter(isWide));
    return context.reshape(keepsAxes ? tensor : context.wrap(context.plain(tensor)), shape);
  },
  ExpandDims: (context, call) => {
    const tensor = input(call, 'input');
    const shape = logicalShape(tensor);
    const { dim } = attributesOf<ExpandDimsAttrs>(call);
    shape.splice(dim < 0 ? shape.length + dim + 1 : dim, 0, 1);
    return context.reshape(tensor, shape);
  },
  Transpose: (context, call) => context.transpose(input(call, 'x'), attributesOf<TransposeAttrs>(call).perm),
  Slice: (context, call) => {
    const tensor = input(call, 'x');
    const shape = logicalShape(tensor);
    const { begin, size } = attributesOf<SliceAttrs>(call);
    // parseSliceParams reads nothing but the shape.
    const [from, extents] = slice_util.parseSliceParams({ shape } as never, begin, size) as [
      number[],
      number[],
    ];
    const to = from.map((start, axis) => start + extents[axis]!);
    return slice(context, tensor, from, to);
  },
  StridedSlice: (context, call) => {
    const tensor = input(call, 'x');
    const a = attributesOf<StridedSliceAttrs>(call);
    const shape = logicalShape(tensor);
    const masks = [a.beginMask, a.endMask, a.ellipsisMask, a.newAxisMask, a.shrinkAxisMask] as const;
    const plan = slice_util.sliceInfo(shape, a.begin, a.end, a.strides, ...masks);
    if (plan.isIdentity) return context.reshape(tensor, plan.finalShape);
    return context.reshape(slice(context, tensor, plan.begin, plan.end, plan.strides), plan.finalShape);
  },
  Reverse: (context, call) => {
    const tensor = input(call, 'x');
    const shape = logicalShape(tensor);
    const axes = util.parseAxisParam(attributesOf<ReverseAttrs>(call).dims, shape);
    const chosen = (axis: number) => axes.includes(axis);
    return slice(
      context,
      tensor,
      shape.map((extent, axis) => (chosen(axis) ? extent - 1 : 0)),
      shape.map((extent, axis) => (chosen(axis) ? -1 : extent)),
      shape.map((_, axis) => (chosen(axis) ? -1 : 1)),
    );
  },
  PadV2: (context, call) => {
    const { paddings, constantValue } = attributesOf<PadV2Attrs>(call);
    return pad(context, input(call, 'x'), paddings, constantValue);
  },
  MirrorPad: (context, call) => {
    const { paddings, mode } = attributesOf<MirrorPadAttrs>(call);
    if (mode !== 'reflect') throw unsupported('MirrorPad', `expected mode reflect, got ${mode}`);
    return pad(context, input(call, 'x'), paddings, undefined);
  },
  Concat: (context, call) => {
    const tensors = Object.values(call.inputs).filter((tensor) => sizeOf(tensor.value.shape) > 0);
    const rank = tensors[0]!.permutation.length;
    const { axis } = attributesOf<ConcatAttrs>(call);
    return concat(context, tensors, axis < 0 ? rank + axis : axis);
  },
  Pack: (context, call) => {
    const tensors = Object.values(call.inputs);
    const shape = logicalShape(tensors[0]!);
    const { axis } = attributesOf<PackAttrs>(call);
    shape.splice(axis < 0 ? shape.length + axis + 1 : axis, 0, 1);
    const raised = tensors.map((tensor) => context.reshape(tensor, shape));
    return concat(context, raised, axis < 0 ? shape.length + axis : axis);
  },
  SplitV: (context, call) => {
    const tensor = input(call, 'x');
    const { axis, numOrSizeSplits } = attributesOf<SplitVAttrs>(call);
    const [along] = util.parseAxisParam(axis, logicalShape(tensor));
    return split(context, tensor, along!, splitSizes(logicalShape(tensor)[along!]!, numOrSizeSplits));
  },
  Unpack: (context, call) => {
    const tensor = input(call, 'value');
    const shape = logicalShape(tensor);
    const { axis } = attributesOf<UnpackAttrs>(call);
    const along = axis < 0 ? shape.length + axis : axis;
    const rest = shape.filter((_, each) => each !== along);
    const parts = split(
      context,
      tensor,
      along,
      Array.from({ length: shape[along]! }, () => 1),
    );
    return parts.map((part) => context.reshape(part, rest));
  },
  Tile: (context, call) => tile(context, input(call, 'x'), attributesOf<TileAttrs>(call).reps),
  BroadcastTo: (context, call) => {
    const { shape } = attributesOf<BroadCastToAttrs>(call);
    return context.wrap(expandTo(context.builder, context.plain(input(call, 'x')), shape));
  },
  Fill: (context, call) => {
    const { shape, value, dtype } = attributesOf<FillAttrs>(call);
    return context.wrap(context.builder.splat(Number(value), shape, valueType(dtype ?? 'float32')));
  },
  OnesLike: (context, call) => splatLike(context, input(call, 'x'), 1),
  ZerosLike: (context, call) => splatLike(context, input(call, 'x'), 0),
  Range: (context, call) => {
    const { start, stop, step, dtype } = attributesOf<RangeAttrs>(call);
    const count = Math.max(0, Math.ceil((stop - start) / step));
    const numbers = Array.from({ length: count }, (_, index) => start + index * step);
    const data = dtype === 'int32' ? Int32Array.from(numbers) : Float32Array.from(numbers);
    return context.wrap(context.builder.constant(data, [count], dtype));
  },
  LinSpace: (context, call) => {
    const { start, stop, num } = attributesOf<LinSpaceAttrs>(call);
    const step = (stop - start) / Math.max(1, num - 1);
    const data = Float32Array.from({ length: num }, (_, index) => start + index * step);
    return context.wrap(context.builder.constant(data, [num], 'float32'));
  },
} satisfies RuleMap<ShapeKernel>;

const isWide = (extent: number): boolean => extent !== 1;

function splatLike(context: TraceContext, tensor: Traced, number: number): Traced {
  return context.wrap(context.builder.splat(number, logicalShape(tensor), tensor.value.type));
}

/** Elements from `begin` up to, not including, `end`, every `strides`-th, along each logical axis. */
export function slice(
  context: TraceContext,
  tensor: Traced,
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[] = begin.map(() => 1),
): Traced {
  const { value, permutation } = tensor;
  const full = logicalShape(tensor);
  const axes = full
    .map((_, axis) => axis)
    .filter((axis) => begin[axis] !== 0 || end[axis] !== full[axis] || strides[axis] !== 1);
  if (axes.length === 0) return tensor;
  if (!context.has('Slice', value.type)) return pick(context, tensor, axes, begin, end, strides);
  const shape = [...value.shape];
  for (const axis of axes) {
    shape[permutation[axis]!] = Math.max(0, Math.ceil((end[axis]! - begin[axis]!) / strides[axis]!));
  }
  const int64 = (numbers: readonly number[]) => context.builder.int64(numbers);
  // With a negative step, −1 as an end would mean the last element: say "before the first" instead.
  const ends = axes.map((axis) => (strides[axis]! < 0 && end[axis]! < 0 ? -(2 ** 31) : end[axis]!));
  const inputs = [
    value,
    int64(axes.map((axis) => begin[axis]!)),
    int64(ends),
    int64(axes.map((axis) => permutation[axis]!)),
    int64(axes.map((axis) => strides[axis]!)),
  ];
  return { value: context.builder.op('Slice', inputs, { shape, type: value.type }), permutation };
}

/** A slice as one Gather an axis, for types that a device cannot slice. */
function pick(
  context: TraceContext,
  tensor: Traced,
  axes: readonly number[],
  begin: readonly number[],
  end: readonly number[],
  strides: readonly number[],
): Traced {
  return axes.reduce((source, axis) => {
    const count = Math.max(0, Math.ceil((end[axis]! - begin[axis]!) / strides[axis]!));
    const places = Int32Array.from({ length: count }, (_, index) => begin[axis]! + index * strides[axis]!);
    return gather(context, source, context.wrap(context.builder.constant(places, [count], 'int32')), axis);
  }, tensor);
}

/** Pads each logical axis by [before, after]; with a number, or mirrored when there is none. */
export function pad(
  context: TraceContext,
  tensor: Traced,
  paddings: readonly (readonly [number, number])[],
  number: number | undefined,
): Traced {
  if (paddings.every(([before, after]) => before === 0 && after === 0)) return tensor;
  const { value, permutation } = tensor;
  const before = paddings.map(() => 0);
  const after = [...before];
  paddings.forEach(([low, high], axis) => {
    before[permutation[axis]!] = low;
    after[permutation[axis]!] = high;
  });
  const shape = value.shape.map((extent, place) => before[place]! + extent + after[place]!);
  const inputs = [value, context.builder.int64([...before, ...after])];
  if (number !== undefined) inputs.push(context.builder.splat(number, [], value.type));
  const mode = number === undefined ? 'reflect' : 'constant';
  return { value: context.builder.op('Pad', inputs, { shape, type: value.type }, { mode }), permutation };
}

/** Joins tensors along a logical axis. */
export function concat(context: TraceContext, tensors: readonly Traced[], axis: number): Traced {
  if (tensors.length === 1) return tensors[0]!;
  const { values, permutation } = context.align(tensors);
  const place = permutation[axis]!;
  const shape = [...values[0]!.shape];
  shape[place] = values.reduce((sum, value) => sum + value.shape[place]!, 0);
  return { value: context.move('Concat', values, shape, { axis: place }, values.length), permutation };
}

function split(context: TraceContext, tensor: Traced, axis: number, sizes: readonly number[]): Traced[] {
  const { value, permutation } = tensor;
  if (sizes.length === 1) return [tensor];
  const place = permutation[axis]!;
  const results = sizes.map((size) => ({
    shape: value.shape.map((extent, each) => (each === place ? size : extent)),
    type: value.type,
  }));
  if (sizes.length > context.provider.widestSplit) return cut(context, tensor, axis, sizes);
  const parts = context.builder.ops('Split', [value, context.builder.int64(sizes)], results, { axis: place });
  return parts.map((part) => ({ value: part, permutation }));
}

/** The parts one by one, where a device cannot give so many results at once. */
function cut(context: TraceContext, tensor: Traced, axis: number, sizes: readonly number[]): Traced[] {
  const shape = logicalShape(tensor);
  let start = 0;
  return sizes.map((size) => {
    const begin = shape.map((_, each) => (each === axis ? start : 0));
    const end = shape.map((extent, each) => (each === axis ? start + size : extent));
    start += size;
    return slice(context, tensor, begin, end);
  });
}

function splitSizes(extent: number, request: number | number[]): number[] {
  if (typeof request === 'number') return Array.from({ length: request }, () => extent / request);
  const given = request.reduce((sum, size) => sum + Math.max(0, size), 0);
  return request.map((size) => (size < 0 ? extent - given : size));
}

function tile(context: TraceContext, tensor: Traced, reps: readonly number[]): Traced {
  const { value, permutation } = tensor;
  if (reps.every((count) => count === 1)) return tensor;
  const counts = reps.map(() => 1);
  reps.forEach((count, axis) => (counts[permutation[axis]!] = count));
  const shape = value.shape.map((extent, place) => extent * counts[place]!);
  if (value.shape.every((extent, place) => extent === 1 || counts[place] === 1)) {
    return { value: expandTo(context.builder, value, shape), permutation };
  }
  const inputs = [value, context.builder.int64(counts)];
  return { value: context.move('Tile', inputs, shape), permutation };
}
