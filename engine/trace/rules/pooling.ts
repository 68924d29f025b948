// Pooling and bilinear resizing with their gradients, over images stored as NCHW.
import {
  backend_util,
  type AvgPoolAttrs,
  type AvgPoolGradAttrs,
  type MaxPoolAttrs,
  type MaxPoolGradAttrs,
  type ResizeBilinearAttrs,
} from '@tensorflow/tfjs-core';
import type { OnnxOperator } from '../operators.ts';
import { logicalShape, nhwcAsNchw, type TraceContext, type Traced } from '../traceContext.ts';
import { multiply } from './matmul.ts';
import { convolveBack } from './convolution.ts';
import { pad, slice } from './shape.ts';
import { attributesOf, input, type KernelCall, type Rule, type RuleMap } from './rule.ts';

type PoolingKernel =
  'MaxPool' | 'MaxPoolGrad' | 'AvgPool' | 'AvgPoolGrad' | 'ResizeBilinear' | 'ResizeBilinearGrad';
type PoolInfo = backend_util.Conv2DInfo;
type Shape4 = [number, number, number, number];

export const poolingRules = {
  MaxPool: (context, call) => pool(context, 'MaxPool', call),
  AvgPool: (context, call) => pool(context, 'AveragePool', call),
  MaxPoolGrad: (context, call) => {
    const image = input(call, 'input');
    return maxPoolGradient(context, input(call, 'dy'), image, input(call, 'output'), poolInfo(call, image));
  },
  AvgPoolGrad: (context, call) => {
    const info = poolInfo(call, input(call, 'input'));
    const share = 1 / (info.filterHeight * info.filterWidth);
    const filter = context.builder.splat(
      share,
      [info.inChannels, 1, info.filterHeight, info.filterWidth],
      'float32',
    );
    return convolveBack(context, input(call, 'dy'), filter, info, info.inChannels);
  },
  ResizeBilinear: resize((context, image, rows, columns) => {
    const wide = multiply(context, image, context.transpose(columns, [1, 0]));
    return multiply(context, rows, wide);
  }, 'images'),
  ResizeBilinearGrad: resize((context, dy, rows, columns) => {
    const wide = multiply(context, dy, columns);
    return multiply(context, context.transpose(rows, [1, 0]), wide);
  }, 'dy'),
} satisfies RuleMap<PoolingKernel>;

function poolInfo(call: KernelCall, image: Traced): PoolInfo {
  const a = attributesOf<MaxPoolAttrs | MaxPoolGradAttrs | AvgPoolAttrs | AvgPoolGradAttrs>(call);
  const rounding = 'dimRoundingMode' in a ? a.dimRoundingMode : undefined;
  const shape = logicalShape(image) as Shape4;
  return backend_util.computePool2DInfo(shape, a.filterSize, a.strides, 1, a.pad, rounding);
}

function pool(context: TraceContext, op: OnnxOperator, call: KernelCall): Traced {
  const image = input(call, 'x');
  const info = poolInfo(call, image);
  const { top, left, bottom, right } = info.padInfo;
  const shape = [info.batchSize, info.inChannels, info.outHeight, info.outWidth];
  const attributes = {
    kernel_shape: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    pads: [top, left, bottom, right],
  };
  const inputs = [context.inOrder(image, nhwcAsNchw)];
  const value = context.builder.op(op, inputs, { shape, type: 'float32' }, attributes);
  return { value, permutation: nhwcAsNchw };
}

/**
 * Gives each gradient to the first element of its window that equals the maximum, as tfjs and PyTorch do. Made of
 * compares, because not every device returns the places of the maxima.
 */
function maxPoolGradient(
  context: TraceContext,
  dy: Traced,
  image: Traced,
  output: Traced,
  info: PoolInfo,
): Traced {
  const { strideHeight, strideWidth, outHeight, outWidth, batchSize, inChannels } = info;
  const { top, left } = info.padInfo;
  const rows = (outHeight - 1) * strideHeight + info.filterHeight;
  const columns = (outWidth - 1) * strideWidth + info.filterWidth;
  const edges = [
    [0, 0],
    [top, Math.max(0, rows - top - info.inHeight)],
    [left, Math.max(0, columns - left - info.inWidth)],
    [0, 0],
  ] as const;
  const padded = pad(context, image, edges, -3.4028234663852886e38);
  const zero = context.scalar(0);
  let unclaimed: Traced | undefined;
  let sum: Traced | undefined;
  for (let row = 0; row < info.filterHeight; row++) {
    for (let column = 0; column < info.filterWidth; column++) {
      const end = [
        batchSize,
        row + (outHeight - 1) * strideHeight + 1,
        column + (outWidth - 1) * strideWidth + 1,
        inChannels,
      ];
      const seen = slice(context, padded, [0, row, column, 0], end, [1, strideHeight, strideWidth, 1]);
      const equal = context.elementwise('Equal', [seen, output], 'bool');
      const claimed = unclaimed === undefined ? equal : context.elementwise('And', [equal, unclaimed]);
      const free = context.elementwise('Not', [equal]);
      unclaimed = unclaimed === undefined ? free : context.elementwise('And', [unclaimed, free]);
      const share = context.elementwise('Where', [claimed, dy, zero], 'float32');
      const placed = place(context, share, info, row, column, [rows, columns]);
      sum = sum === undefined ? placed : context.elementwise('Add', [sum, placed]);
    }
  }
  const height = Math.min(rows, info.inHeight + top);
  const width = Math.min(columns, info.inWidth + left);
  const inner = slice(context, sum!, [0, top, left, 0], [batchSize, height, width, inChannels]);
  const missing = [
    [0, 0],
    [0, info.inHeight - (height - top)],
    [0, info.inWidth - (width - left)],
    [0, 0],
  ] as const;
  return pad(context, inner, missing, 0);
}

/** Spreads one value a window over the padded image: value (i, j) goes to (i·stride + row, j·stride + column). */
function place(
  context: TraceContext,
  values: Traced,
  info: PoolInfo,
  row: number,
  column: number,
  extent: readonly [number, number],
): Traced {
  const { strideHeight, strideWidth, outHeight, outWidth, batchSize, inChannels } = info;
  let spread = values;
  if (strideHeight > 1 || strideWidth > 1) {
    const apart = context.reshape(values, [batchSize, outHeight, 1, outWidth, 1, inChannels]);
    const gaps = [
      [0, 0],
      [0, 0],
      [0, strideHeight - 1],
      [0, 0],
      [0, strideWidth - 1],
      [0, 0],
    ] as const;
    const shape = [batchSize, outHeight * strideHeight, outWidth * strideWidth, inChannels];
    const wide = context.reshape(pad(context, apart, gaps, 0), shape);
    const end = [batchSize, (outHeight - 1) * strideHeight + 1, (outWidth - 1) * strideWidth + 1, inChannels];
    spread = slice(context, wide, [0, 0, 0, 0], end);
  }
  const [, height, width] = logicalShape(spread) as Shape4;
  const after = [extent[0] - row - height, extent[1] - column - width] as const;
  return pad(
    context,
    spread,
    [
      [0, 0],
      [row, after[0]],
      [column, after[1]],
      [0, 0],
    ],
    0,
  );
}

type Separable = (context: TraceContext, image: Traced, rows: Traced, columns: Traced) => Traced;

/** Bilinear resizing is a product with one constant matrix for the rows and one for the columns. */
function resize(apply: Separable, source: 'images' | 'dy'): Rule {
  return (context, call) => {
    const attributes = attributesOf<ResizeBilinearAttrs>(call);
    const [, height, width] = logicalShape(input(call, 'images')) as Shape4;
    const [, toHeight, toWidth] =
      source === 'dy' ? (logicalShape(input(call, 'dy')) as Shape4) : [0, ...attributes.size];
    const rows = interpolation(context, height, toHeight, attributes);
    const columns = interpolation(context, width, toWidth, attributes);
    const tensor = input(call, source);
    const channelsFirst = context.wrap(context.inOrder(tensor, nhwcAsNchw));
    return context.transpose(apply(context, channelsFirst, rows, columns), [0, 2, 3, 1]);
  };
}

/** [to, from]: the weight of each old position in each new one. */
function interpolation(
  context: TraceContext,
  from: number,
  to: number,
  options: ResizeBilinearAttrs,
): Traced {
  const aligned = options.alignCorners && to > 1;
  const scale = aligned ? (from - 1) / (to - 1) : from / to;
  const weights = new Float32Array(to * from);
  for (let target = 0; target < to; target++) {
    const exact = options.halfPixelCenters ? (target + 0.5) * scale - 0.5 : target * scale;
    const low = Math.max(0, Math.floor(exact));
    const high = Math.min(from - 1, Math.ceil(exact));
    const share = exact - Math.floor(exact);
    weights[target * from + low]! += 1 - share;
    weights[target * from + high]! += share;
  }
  return context.wrap(context.builder.constant(weights, [to, from], 'float32'));
}
