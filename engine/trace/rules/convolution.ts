// Convolutions and their gradients. Images lie as NCHW and filters as OIHW in storage, whatever tfjs calls them.
import {
  backend_util,
  type Conv2DAttrs,
  type Conv2DBackpropFilterAttrs,
  type Conv2DBackpropInputAttrs,
  type DepthwiseConv2dNativeAttrs,
  type DepthwiseConv2dNativeBackpropFilterAttrs,
  type DepthwiseConv2dNativeBackpropInputAttrs,
} from '@tensorflow/tfjs-core';
import {
  hwioAsOihw,
  logicalShape,
  nhwcAsNchw,
  unsupported,
  type TraceContext,
  type Traced,
} from '../traceContext.ts';
import type { Value } from '../graph.ts';
import { gather } from './indexing.ts';
import { multiply } from './matmul.ts';
import { reduce } from './reduction.ts';
import { concat, pad, slice } from './shape.ts';
import { attributesOf, input, type KernelCall, type RuleMap } from './rule.ts';

type ConvolutionKernel =
  | 'Conv2D' | 'Conv2DBackpropInput' | 'Conv2DBackpropFilter'
  | 'DepthwiseConv2dNative' | 'DepthwiseConv2dNativeBackpropInput' | 'DepthwiseConv2dNativeBackpropFilter'; // prettier-ignore

type ConvInfo = backend_util.Conv2DInfo;
type Shape4 = [number, number, number, number];

export const convolutionRules = {
  Conv2D: (context, call) => {
    const { strides, pad: padding, dilations, dimRoundingMode } = readConv<Conv2DAttrs>(call);
    const image = input(call, 'x');
    const filter = input(call, 'filter');
    const info = backend_util.computeConv2DInfo(
      logicalShape(image) as Shape4,
      logicalShape(filter) as Shape4,
      strides,
      dilations,
      padding,
      dimRoundingMode,
    );
    if (gathersWell(info)) return convolveGathered(context, image, filter, info);
    return convolve(context, image, context.inOrder(filter, hwioAsOihw), info, 1);
  },
  Conv2DBackpropInput: (context, call) => {
    const { strides, pad: padding, dimRoundingMode, inputShape } = readConv<Conv2DBackpropInputAttrs>(call);
    const filter = input(call, 'filter');
    const filterShape = logicalShape(filter) as Shape4;
    const info = backend_util.computeConv2DInfo(
      inputShape,
      filterShape,
      strides,
      1,
      padding,
      dimRoundingMode,
    );
    return convolveBack(context, input(call, 'dy'), context.inOrder(filter, hwioAsOihw), info, 1);
  },
  Conv2DBackpropFilter: (context, call) => {
    const { strides, pad: padding, dimRoundingMode, filterShape } = readConv<Conv2DBackpropFilterAttrs>(call);
    const image = input(call, 'x');
    const shape = logicalShape(image) as Shape4;
    const info = backend_util.computeConv2DInfo(shape, filterShape, strides, 1, padding, dimRoundingMode);
    return filterGradient(context, image, input(call, 'dy'), info);
  },
  DepthwiseConv2dNative: (context, call) => {
    const { strides, pad: padding, dilations, dimRoundingMode } = readConv<DepthwiseConv2dNativeAttrs>(call);
    const image = input(call, 'x');
    const filter = input(call, 'filter');
    const info = backend_util.computeConv2DInfo(
      logicalShape(image) as Shape4,
      logicalShape(filter) as Shape4,
      strides,
      dilations,
      padding,
      dimRoundingMode,
      true,
    );
    return convolve(context, image, depthwiseFilter(context, filter), info, info.inChannels);
  },
  DepthwiseConv2dNativeBackpropInput: (context, call) => {
    const a = readConv<DepthwiseConv2dNativeBackpropInputAttrs>(call);
    const filter = input(call, 'filter');
    const info = backend_util.computeConv2DInfo(
      a.inputShape,
      logicalShape(filter) as Shape4,
      a.strides,
      a.dilations,
      a.pad,
      a.dimRoundingMode,
      true,
    );
    return convolveBack(context, input(call, 'dy'), depthwiseFilter(context, filter), info, info.inChannels);
  },
  DepthwiseConv2dNativeBackpropFilter: (context, call) => {
    const a = readConv<DepthwiseConv2dNativeBackpropFilterAttrs>(call);
    const image = input(call, 'x');
    const info = backend_util.computeConv2DInfo(
      logicalShape(image) as Shape4,
      a.filterShape,
      a.strides,
      a.dilations,
      a.pad,
      a.dimRoundingMode,
      true,
    );
    return depthwiseFilterGradient(context, image, input(call, 'dy'), info);
  },
} satisfies RuleMap<ConvolutionKernel>;

function readConv<Attributes>(call: KernelCall): Attributes {
  const format = call.attributes['dataFormat'];
  if (format !== undefined && format !== 'NHWC') {
    throw unsupported(call.kernel, `expected dataFormat NHWC, got ${String(format)}`);
  }
  return attributesOf<Attributes>(call);
}

/** HWIM filter → [I·M, 1, H, W], as ONNX wants the filter of a grouped convolution. */
function depthwiseFilter(context: TraceContext, filter: Traced): Value {
  const [height, width, channels, multiplier] = logicalShape(filter) as Shape4;
  const ordered = context.inOrder(filter, [2, 3, 0, 1]);
  return context.builder.reshape(ordered, [channels * multiplier, 1, height, width]);
}

function window(info: ConvInfo) {
  const { top, left, bottom, right } = info.padInfo;
  return {
    kernel_shape: [info.filterHeight, info.filterWidth],
    strides: [info.strideHeight, info.strideWidth],
    dilations: [info.dilationHeight, info.dilationWidth],
    pads: [top, left, bottom, right],
  };
}

/** image NHWC, filter in ONNX order → NHWC. */
export function convolve(
  context: TraceContext,
  image: Traced,
  filter: Value,
  info: ConvInfo,
  group: number,
): Traced {
  const shape = [info.batchSize, info.outChannels, info.outHeight, info.outWidth];
  const inputs = [context.inOrder(image, nhwcAsNchw), filter];
  const value = context.builder.op('Conv', inputs, { shape, type: 'float32' }, { ...window(info), group });
  return { value, permutation: nhwcAsNchw };
}

/**
 * True where gathering the window of each output pixel and one product beat onnxruntime's own convolution: with many
 * channels, a gathered run of them is a copy of whole cache lines (measured: 64 channels, 7×7, 1.5 times as fast).
 */
function gathersWell(info: ConvInfo): boolean {
  return info.inChannels >= 32 && info.inChannels % 16 === 0 && info.filterHeight * info.filterWidth > 1;
}

/** image NHWC, filter HWIO → NHWC, as one product of the gathered windows with the filter. */
function convolveGathered(context: TraceContext, image: Traced, filter: Traced, info: ConvInfo): Traced {
  const { top, left, bottom, right } = info.padInfo;
  const { batchSize, inChannels, outChannels, outHeight, outWidth } = info;
  const padded = pad(
    context,
    context.wrap(context.plain(image)),
    [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ],
    0,
  );
  const width = info.inWidth + left + right;
  const pixels = context.reshape(padded, [batchSize, (info.inHeight + top + bottom) * width, inChannels]);
  const windows = gather(context, pixels, context.wrap(windowIndices(context, info, width)), 1);
  const taps = info.filterHeight * info.filterWidth * inChannels;
  const columns = context.reshape(windows, [batchSize * outHeight * outWidth, taps]);
  // Filters lie as [O, H, W, I] here: from OIHW one axis moves, which costs less than to reverse them all.
  const ordered = context.inOrder(filter, [1, 2, 3, 0]);
  const matrix = context.wrap(context.builder.reshape(ordered, [outChannels, taps]));
  const product = multiply(context, columns, matrix, { transposeB: true });
  return context.reshape(product, [batchSize, outHeight, outWidth, outChannels]);
}

/** For each output pixel and tap the place of the padded pixel it reads. */
function windowIndices(context: TraceContext, info: ConvInfo, paddedWidth: number): Value {
  const indices: number[] = [];
  for (let row = 0; row < info.outHeight; row++) {
    for (let column = 0; column < info.outWidth; column++) {
      for (let tapRow = 0; tapRow < info.filterHeight; tapRow++) {
        const y = row * info.strideHeight + tapRow * info.dilationHeight;
        const start = y * paddedWidth + column * info.strideWidth;
        for (let tap = 0; tap < info.filterWidth; tap++) indices.push(start + tap * info.dilationWidth);
      }
    }
  }
  return context.builder.constant(Int32Array.from(indices), [indices.length], 'int32');
}

/** The gradient of a convolution with respect to its image. */
export function convolveBack(
  context: TraceContext,
  dy: Traced,
  filter: Value,
  info: ConvInfo,
  group: number,
): Traced {
  const { top, left, bottom, right } = info.padInfo;
  const covered = (out: number, stride: number, extent: number, dilation: number) =>
    (out - 1) * stride + (extent - 1) * dilation + 1;
  const restHeight =
    info.inHeight +
    top +
    bottom -
    covered(info.outHeight, info.strideHeight, info.filterHeight, info.dilationHeight);
  const restWidth =
    info.inWidth +
    left +
    right -
    covered(info.outWidth, info.strideWidth, info.filterWidth, info.dilationWidth);
  const shape = [info.batchSize, info.inChannels, info.inHeight, info.inWidth];
  const attributes = { ...window(info), group, output_padding: [restHeight, restWidth] };
  const inputs = [context.inOrder(dy, nhwcAsNchw), filter];
  const value = context.builder.op('ConvTranspose', inputs, { shape, type: 'float32' }, attributes);
  return { value, permutation: nhwcAsNchw };
}

/** The gradient with respect to the filter: a convolution with batch and channels exchanged. */
function filterGradient(context: TraceContext, image: Traced, dy: Traced, info: ConvInfo): Traced {
  const { top, left } = info.padInfo;
  const used = (stride: number, out: number, extent: number, dilation: number) =>
    (out - 1) * stride + (extent - 1) * dilation + 1;
  const usedHeight = used(info.strideHeight, info.outHeight, info.filterHeight, info.dilationHeight) - top;
  const usedWidth = used(info.strideWidth, info.outWidth, info.filterWidth, info.dilationWidth) - left;
  const [batch, height, width, channels] = logicalShape(image) as Shape4;
  const keptHeight = Math.min(height, usedHeight);
  const keptWidth = Math.min(width, usedWidth);
  const kept = slice(context, image, [0, 0, 0, 0], [batch, keptHeight, keptWidth, channels]);
  const channelsFirst = [1, 2, 3, 0];
  const inputs = [context.inOrder(kept, channelsFirst), context.inOrder(dy, channelsFirst)];
  const shape = [info.inChannels, info.outChannels, info.filterHeight, info.filterWidth];
  const value = context.builder.op(
    'Conv',
    inputs,
    { shape, type: 'float32' },
    {
      kernel_shape: [info.outHeight, info.outWidth],
      strides: [info.dilationHeight, info.dilationWidth],
      dilations: [info.strideHeight, info.strideWidth],
      pads: [top, left, usedHeight - keptHeight, usedWidth - keptWidth],
      group: 1,
    },
  );
  return { value, permutation: [2, 3, 0, 1] };
}

/** The same for a depthwise convolution: one strided slice, product and sum for each element of the window. */
function depthwiseFilterGradient(context: TraceContext, image: Traced, dy: Traced, info: ConvInfo): Traced {
  const { top, left, bottom, right } = info.padInfo;
  const multiplier = info.outChannels / info.inChannels;
  const edges = [
    [0, 0],
    [top, bottom + info.strideHeight],
    [left, right + info.strideWidth],
    [0, 0],
  ] as const;
  const padded = pad(context, image, edges, 0);
  const grid = [info.batchSize, info.outHeight, info.outWidth, info.inChannels];
  const grouped = context.reshape(dy, [...grid, multiplier]);
  const parts: Traced[] = [];
  for (let row = 0; row < info.filterHeight; row++) {
    for (let column = 0; column < info.filterWidth; column++) {
      const begin = [0, row * info.dilationHeight, column * info.dilationWidth, 0];
      const end = [
        info.batchSize,
        begin[1]! + (info.outHeight - 1) * info.strideHeight + 1,
        begin[2]! + (info.outWidth - 1) * info.strideWidth + 1,
        info.inChannels,
      ];
      const seen = slice(context, padded, begin, end, [1, info.strideHeight, info.strideWidth, 1]);
      const product = context.elementwise('Mul', [context.reshape(seen, [...grid, 1]), grouped]);
      const sum = reduce(context, 'ReduceSum', product, [0, 1, 2], false);
      parts.push(context.reshape(sum, [1, info.inChannels, multiplier]));
    }
  }
  const shape = [info.filterHeight, info.filterWidth, info.inChannels, multiplier];
  return context.reshape(concat(context, parts, 0), shape);
}
