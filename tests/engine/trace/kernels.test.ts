// Each kernel's lowering and gradient against tfjs's own CPU backend.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { kernelRules } from '../../../engine/trace/kernelRules.ts';
import { everyProvider, expectSame, int32, uniform, type Sample } from './executeBoth.ts';

type Build = (...tensors: tf.Tensor[]) => tf.Tensor;

interface Case {
  /** The kernel that the case is for. */
  readonly kernel: string;
  readonly what: string;
  readonly samples: readonly Sample[];
  readonly build: Build;
  /** How many of the first tensors to differentiate by; 0 where tfjs has no gradient. */
  readonly gradients: number;
}

const [a23, b23, b3, b21] = [
  uniform('a', [2, 3]),
  uniform('b', [2, 3]),
  uniform('c', [3]),
  uniform('d', [2, 1]),
];
const positive = uniform('p', [2, 5], 0.2, 3);
const wide = uniform('w', [3, 4, 5]);
const as3d = (x: tf.Tensor) => x as tf.Tensor3D;
const as4d = (x: tf.Tensor) => x as tf.Tensor4D;

function binaryCases(kernel: string, build: Build, gradients = 2, low = -2): Case[] {
  const right = (site: string, shape: readonly number[]) => uniform(site, shape, low, 2);
  return [
    { kernel, what: 'same shapes', samples: [a23, right('b', [2, 3])], build, gradients },
    { kernel, what: 'a row stretched', samples: [a23, right('c', [3])], build, gradients },
    {
      kernel,
      what: 'a column stretched on the left',
      samples: [b21, right('e', [4, 1, 3])],
      build,
      gradients,
    },
    { kernel, what: 'a scalar', samples: [a23, right('s', [])], build, gradients },
  ];
}

function unaryCase(kernel: string, build: Build, sample: Sample = wide, gradients = 1): Case {
  return { kernel, what: `shape ${sample.shape.join('×')}`, samples: [sample], build, gradients };
}

const compare =
  (op: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor): Build =>
  (a, b) =>
    tf.cast(op(tf.round(a!), tf.round(b!)), 'float32');

const elementwise: Case[] = [
  ...binaryCases('Add', (a, b) => tf.add(a!, b!)),
  ...binaryCases('Sub', (a, b) => tf.sub(a!, b!)),
  ...binaryCases('Multiply', (a, b) => tf.mul(a!, b!)),
  ...binaryCases('RealDiv', (a, b) => tf.div(a!, b!), 2, 0.5),
  ...binaryCases('Maximum', (a, b) => tf.maximum(a!, b!), 0),
  ...binaryCases('Minimum', (a, b) => tf.minimum(a!, b!), 0),
  ...binaryCases('SquaredDifference', (a, b) => tf.squaredDifference(a!, b!), 0),
  // tfjs's gradients of these three forget to sum over stretched axes: differentiated for equal shapes only.
  {
    kernel: 'Maximum',
    what: 'its gradient',
    samples: [a23, b23],
    build: (a, b) => tf.maximum(a!, b!),
    gradients: 2,
  },
  {
    kernel: 'Minimum',
    what: 'its gradient',
    samples: [a23, b23],
    build: (a, b) => tf.minimum(a!, b!),
    gradients: 2,
  },
  {
    kernel: 'SquaredDifference',
    what: 'its gradient',
    samples: [a23, b23],
    build: (a, b) => tf.squaredDifference(a!, b!),
    gradients: 2,
  },
  {
    kernel: 'Pow',
    what: 'positive base',
    samples: [positive, uniform('q', [5], 0.5, 2)],
    build: (a, b) => tf.pow(a!, b!),
    gradients: 2,
  },
  { kernel: 'Pow', what: 'constant exponent 2', samples: [a23], build: (a) => tf.pow(a!, 2), gradients: 1 },
  {
    kernel: 'AddN',
    what: 'three terms',
    samples: [a23, b23, a23],
    build: (a, b, c) => tf.addN([a!, b!, c!]),
    gradients: 3,
  },
  unaryCase('Neg', (x) => tf.neg(x!)),
  unaryCase('Square', (x) => tf.square(x!)),
  unaryCase('Sqrt', (x) => tf.sqrt(x!), positive),
  unaryCase('Rsqrt', (x) => tf.rsqrt(x!), positive),
  unaryCase('Exp', (x) => tf.exp(x!)),
  unaryCase('Expm1', (x) => tf.expm1(x!)),
  unaryCase('Log', (x) => tf.log(x!), positive),
  unaryCase('Log1p', (x) => tf.log1p(x!), positive),
  unaryCase('Erf', (x) => tf.erf(x!)),
  unaryCase('Tanh', (x) => tf.tanh(x!)),
  unaryCase('Sigmoid', (x) => tf.sigmoid(x!)),
  unaryCase('Relu', (x) => tf.relu(x!)),
  unaryCase('Relu6', (x) => tf.relu6(tf.mul(x!, 4))),
  unaryCase('LeakyRelu', (x) => tf.leakyRelu(x!, 0.1)),
  unaryCase('Softplus', (x) => tf.softplus(x!)),
  unaryCase('Step', (x) => tf.step(x!, 0), wide),
  unaryCase('Step', (x) => tf.step(x!, 0.25), a23),
  unaryCase('Abs', (x) => tf.abs(x!)),
  unaryCase('Sign', (x) => tf.sign(x!)),
  unaryCase('Reciprocal', (x) => tf.reciprocal(x!), positive),
  unaryCase('Floor', (x) => tf.floor(x!)),
  unaryCase('Ceil', (x) => tf.ceil(x!)),
  unaryCase('Round', (x) => tf.round(x!)),
  unaryCase('Sin', (x) => tf.sin(x!)),
  unaryCase('Cos', (x) => tf.cos(x!)),
  unaryCase('ClipByValue', (x) => tf.clipByValue(x!, -0.5, 1)),
  ...binaryCases('Equal', compare(tf.equal), 0),
  ...binaryCases('NotEqual', compare(tf.notEqual), 0),
  ...binaryCases('Greater', compare(tf.greater), 0),
  ...binaryCases('GreaterEqual', compare(tf.greaterEqual), 0),
  ...binaryCases('Less', compare(tf.less), 0),
  ...binaryCases('LessEqual', compare(tf.lessEqual), 0),
  ...binaryCases(
    'LogicalAnd',
    (a, b) => tf.cast(tf.logicalAnd(tf.greater(a!, 0), tf.greater(b!, 0)), 'int32'),
    0,
  ),
  ...binaryCases(
    'LogicalOr',
    (a, b) => tf.cast(tf.logicalOr(tf.greater(a!, 0), tf.greater(b!, 0)), 'int32'),
    0,
  ),
  unaryCase('LogicalNot', (x) => tf.cast(tf.logicalNot(tf.greater(x!, 0)), 'int32'), wide, 0),
  unaryCase('IsNan', (x) => tf.cast(tf.isNaN(tf.log(x!)), 'int32'), a23, 0),
  unaryCase('IsInf', (x) => tf.cast(tf.isInf(tf.div(x!, tf.relu(x!))), 'int32'), a23, 0),
  unaryCase('IsFinite', (x) => tf.cast(tf.isFinite(tf.div(x!, tf.relu(x!))), 'int32'), a23, 0),
  {
    kernel: 'Select',
    what: 'a stretched branch',
    samples: [a23, b3, b23],
    build: (a, b, c) => tf.where(tf.greater(c!, 0), a!, b!),
    gradients: 2,
  },
  unaryCase('Cast', (x) => tf.cast(tf.cast(x!, 'int32'), 'float32'), wide, 0),
  unaryCase('Cast', (x) => tf.cast(tf.cast(tf.round(x!), 'bool'), 'float32'), wide, 0),
  unaryCase('Identity', (x) => tf.clone(x!)),
];

const reductions: Case[] = [
  unaryCase('Sum', (x) => tf.sum(x!)),
  unaryCase('Sum', (x) => tf.sum(x!, [0, 2])),
  unaryCase('Sum', (x) => tf.sum(tf.transpose(x!, [2, 0, 1]), 1, true)),
  unaryCase('Sum', (x) => tf.sum(tf.greater(x!, 0), 1), wide, 0),
  unaryCase('Mean', (x) => tf.mean(x!, -1)),
  unaryCase('Mean', (x) => tf.mean(x!, [0, 1], true)),
  unaryCase('Max', (x) => tf.max(x!, 1)),
  unaryCase('Max', (x) => tf.max(x!, -1, true)),
  unaryCase('Min', (x) => tf.min(x!, [1, 2])),
  // tfjs's gradient calls methods that the engine does not load.
  unaryCase('Prod', (x) => tf.prod(x!, 2), wide, 0),
  unaryCase('All', (x) => tf.cast(tf.all(tf.greater(x!, -1), 1), 'int32'), wide, 0),
  unaryCase('Any', (x) => tf.cast(tf.any(tf.greater(x!, 1.5), -1), 'int32'), wide, 0),
  unaryCase('ArgMax', (x) => tf.argMax(x!, 1), wide, 0),
  unaryCase('ArgMin', (x) => tf.argMin(tf.transpose(x!), 0), wide, 0),
  unaryCase('TopK', (x) => tf.topk(x!, 3).values, wide, 0),
  unaryCase('TopK', (x) => tf.topk(x!, 2).indices, wide, 0),
  unaryCase('Softmax', (x) => tf.softmax(x!)),
  unaryCase('LogSoftmax', (x) => tf.logSoftmax(x!)),
];

const products: Case[] = [
  {
    kernel: 'BatchMatMul',
    what: 'plain',
    samples: [uniform('m', [3, 4]), uniform('n', [4, 5])],
    build: (a, b) => tf.matMul(a!, b!),
    gradients: 2,
  },
  {
    kernel: 'BatchMatMul',
    what: 'left transposed',
    samples: [uniform('m', [4, 3]), uniform('n', [4, 5])],
    build: (a, b) => tf.matMul(a!, b!, true, false),
    gradients: 2,
  },
  {
    kernel: 'BatchMatMul',
    what: 'right transposed',
    samples: [uniform('m', [3, 4]), uniform('n', [5, 4])],
    build: (a, b) => tf.matMul(a!, b!, false, true),
    gradients: 2,
  },
  {
    kernel: 'BatchMatMul',
    what: 'both transposed',
    samples: [uniform('m', [4, 3]), uniform('n', [5, 4])],
    build: (a, b) => tf.matMul(a!, b!, true, true),
    gradients: 2,
  },
  {
    kernel: 'BatchMatMul',
    what: 'batched, right transposed',
    samples: [uniform('m', [2, 3, 4, 5]), uniform('n', [2, 3, 6, 5])],
    build: (a, b) => tf.matMul(a!, b!, false, true),
    gradients: 2,
  },
  {
    kernel: 'BatchMatMul',
    what: 'batch stretched',
    samples: [uniform('m', [2, 3, 4, 5]), uniform('n', [1, 1, 5, 2])],
    build: (a, b) => tf.matMul(a!, b!),
    gradients: 0,
  },
  {
    kernel: 'BatchMatMul',
    what: 'heads split and joined by transposes',
    samples: [uniform('m', [2, 5, 12]), uniform('n', [2, 5, 12])],
    build: (a, b) => {
      const heads = (x: tf.Tensor) => tf.transpose(tf.reshape(x, [2, 5, 3, 4]), [0, 2, 1, 3]);
      const scores = tf.softmax(tf.matMul(heads(a!), heads(b!), false, true));
      return tf.reshape(tf.transpose(tf.matMul(scores, heads(b!)), [0, 2, 1, 3]), [2, 5, 12]);
    },
    gradients: 2,
  },
];

const shapes: Case[] = [
  unaryCase('Reshape', (x) => tf.reshape(x!, [4, -1])),
  unaryCase('Reshape', (x) => tf.reshape(tf.transpose(x!, [2, 0, 1]), [5, 12])),
  unaryCase('Reshape', (x) => tf.reshape(tf.transpose(x!, [0, 2, 1]), [15, 2, 2])),
  unaryCase('Reshape', (x) => tf.reshape(tf.transpose(x!), [1, 5, 4, 1, 3])),
  unaryCase('ExpandDims', (x) => tf.expandDims(x!, 1)),
  unaryCase('ExpandDims', (x) => tf.expandDims(tf.transpose(x!), -1)),
  unaryCase('Transpose', (x) => tf.transpose(x!, [1, 2, 0])),
  unaryCase('Transpose', (x) => tf.add(tf.transpose(x!, [1, 2, 0]), tf.transpose(tf.square(x!), [1, 2, 0]))),
  {
    kernel: 'Transpose',
    what: 'added to another order',
    samples: [wide, uniform('v', [5, 4, 3])],
    build: (a, b) => tf.mul(tf.transpose(a!), tf.relu(b!)),
    gradients: 2,
  },
  {
    kernel: 'Transpose',
    what: 'with a row of lower rank',
    samples: [wide, b3],
    build: (a, b) => tf.mul(tf.transpose(a!), b!),
    gradients: 2,
  },
  unaryCase('Slice', (x) => tf.slice(x!, [1, 0, 2], [2, 4, 3])),
  unaryCase('Slice', (x) => tf.slice(tf.transpose(x!), [1, 1, 0], [-1, 2, 1])),
  unaryCase('StridedSlice', (x) => tf.stridedSlice(x!, [0, 1], [3, 4], [2, 2]), wide, 0),
  unaryCase('StridedSlice', (x) => tf.stridedSlice(x!, [2, 0, 4], [0, 4, -6], [-1, 1, -2]), wide, 0),
  unaryCase('StridedSlice', (x) => tf.stridedSlice(x!, [0, 1], [0, 3], [1, 1], 0, 0, 0, 0, 1), wide, 0),
  unaryCase('Reverse', (x) => tf.reverse(x!, [0, 2])),
  unaryCase('PadV2', (x) =>
    tf.pad(
      x!,
      [
        [1, 0],
        [0, 2],
        [1, 1],
      ],
      0.5,
    ),
  ),
  unaryCase('PadV2', (x) =>
    tf.pad(tf.transpose(x!), [
      [1, 0],
      [0, 2],
      [0, 0],
    ]),
  ),
  unaryCase(
    'MirrorPad',
    (x) =>
      tf.mirrorPad(
        x!,
        [
          [1, 0],
          [0, 2],
          [1, 1],
        ],
        'reflect',
      ),
    wide,
    0,
  ),
  {
    kernel: 'Concat',
    what: 'along the middle axis',
    samples: [wide, uniform('u', [3, 1, 5])],
    build: (a, b) => tf.concat([a!, b!], 1),
    gradients: 2,
  },
  {
    kernel: 'Concat',
    what: 'of transposed tensors',
    samples: [wide, uniform('u', [3, 1, 5])],
    build: (a, b) => tf.concat([tf.transpose(a!), tf.transpose(b!)], -2),
    gradients: 2,
  },
  {
    kernel: 'Pack',
    what: 'on a new last axis',
    samples: [a23, b23],
    build: (a, b) => tf.stack([a!, b!], 2),
    gradients: 2,
  },
  unaryCase('SplitV', (x) => tf.mul(tf.split(x!, 2, 1)[0]!, tf.split(x!, 2, 1)[1]!)),
  unaryCase('SplitV', (x) => tf.split(tf.transpose(x!), [1, 4], 0)[1]!),
  unaryCase('Unpack', (x) => tf.sub(tf.unstack(x!, 1)[2]!, tf.unstack(x!, 1)[0]!)),
  unaryCase('Tile', (x) => tf.tile(x!, [1, 2, 3])),
  unaryCase('Tile', (x) => tf.tile(tf.transpose(x!), [1, 2, 1])),
  unaryCase('Tile', (x) => tf.broadcastTo(x!, [4, 2, 3]), uniform('t', [2, 1])),
  unaryCase(
    'BroadcastTo',
    (x) => tf.engine().runKernel('Tile', { x: x! }, { reps: [2, 1, 1] }) as tf.Tensor,
    wide,
    0,
  ),
  unaryCase('Fill', (x) =>
    tf.add(
      x!,
      tf.engine().runKernel('Fill', {}, { shape: [4, 5], value: 0.25, dtype: 'float32' }) as tf.Tensor,
    ),
  ),
  unaryCase('OnesLike', (x) => tf.mul(x!, tf.onesLike(x!))),
  unaryCase('ZerosLike', (x) => tf.concat([x!, tf.zerosLike(x!)], 0)),
  unaryCase('Range', (x) => tf.mul(x!, tf.range(0, 5))),
  unaryCase('LinSpace', (x) => tf.mul(x!, tf.linspace(0, 1, 5))),
];

const picks: Case[] = [
  {
    kernel: 'GatherV2',
    what: 'rows',
    samples: [wide, int32([4], [2, 0, 2, 1])],
    build: (x, i) => tf.gather(x!, i!, 0),
    gradients: 1,
  },
  {
    kernel: 'GatherV2',
    what: 'along a transposed axis, by a table',
    samples: [wide, int32([2, 2], [4, 0, 1, 4])],
    build: (x, i) => tf.gather(tf.transpose(x!), i!, 0),
    gradients: 1,
  },
  {
    kernel: 'GatherV2',
    what: 'along the last axis',
    samples: [wide, int32([3], [4, 4, 1])],
    build: (x, i) => tf.gather(x!, i!, 2),
    gradients: 1,
  },
  {
    kernel: 'GatherNd',
    what: 'rows by two indices',
    samples: [wide, int32([2, 2], [2, 3, 0, 1])],
    build: (x, i) => tf.gatherND(x!, i!),
    gradients: 0,
  },
  {
    kernel: 'ScatterNd',
    what: 'repeated places add up',
    samples: [uniform('r', [3, 5]), int32([3, 1], [1, 3, 1])],
    build: (x, i) => tf.scatterND(i!, x!, [4, 5]),
    gradients: 0,
  },
  {
    kernel: 'ScatterNd',
    what: 'by two indices',
    samples: [uniform('r', [3]), int32([3, 2], [1, 2, 3, 0, 1, 2])],
    build: (x, i) => tf.scatterND(i!, x!, [4, 5]),
    gradients: 0,
  },
  {
    kernel: 'UnsortedSegmentSum',
    what: 'few rows',
    samples: [uniform('r', [5, 3]), int32([5], [1, 0, 1, 3, 1])],
    build: (x, i) => tf.unsortedSegmentSum(x!, i as tf.Tensor1D, 4),
    gradients: 1,
  },
  {
    kernel: 'UnsortedSegmentSum',
    what: 'many rows',
    samples: [
      uniform('r', [300, 3]),
      int32(
        [300],
        Array.from({ length: 300 }, (_, i) => (i * 7) % 40),
      ),
    ],
    build: (x, i) => tf.unsortedSegmentSum(x!, i as tf.Tensor1D, 40),
    gradients: 1,
  },
  {
    kernel: 'OneHot',
    what: 'with values of its own',
    samples: [int32([2, 3], [0, 3, 1, 2, 2, 5])],
    build: (i) => tf.oneHot(i!, 4, 2, -1),
    gradients: 0,
  },
];

const image = uniform('image', [2, 7, 6, 3]);
const square = uniform('square', [2, 6, 6, 3]);
const filter = uniform('filter', [3, 3, 3, 4]);
const deep = uniform('deep', [3, 3, 3, 2]);
const conv =
  (pad: 'same' | 'valid' | number, strides: number): Build =>
  (x, w) =>
    tf.conv2d(as4d(x!), as4d(w!), strides, pad);
const images: Case[] = [
  {
    kernel: 'Conv2D',
    what: 'same, stride 1',
    samples: [image, filter],
    build: conv('same', 1),
    gradients: 2,
  },
  {
    kernel: 'Conv2D',
    what: 'valid, stride 2',
    samples: [image, filter],
    build: conv('valid', 2),
    gradients: 2,
  },
  {
    kernel: 'Conv2D',
    what: 'padded by 1, stride 2',
    samples: [image, filter],
    build: conv(1, 2),
    gradients: 2,
  },
  {
    kernel: 'Conv2D',
    what: 'dilated',
    samples: [image, filter],
    build: (x, w) => tf.conv2d(as4d(x!), as4d(w!), 1, 'same', 'NHWC', 2),
    gradients: 0,
  },
  {
    kernel: 'Conv2D',
    what: 'with OIHW weights, a bias and ReLU',
    samples: [image, uniform('oihw', [4, 3, 3, 3]), uniform('bias', [4])],
    build: (x, w, b) => tf.relu(tf.add(tf.conv2d(as4d(x!), as4d(tf.transpose(w!, [2, 3, 1, 0])), 2, 1), b!)),
    gradients: 3,
  },
  {
    kernel: 'Conv2D',
    what: 'with so many channels that windows are gathered',
    samples: [uniform('many', [2, 6, 5, 32]), uniform('f32', [3, 2, 32, 4])],
    build: conv(1, 2),
    gradients: 2,
  },
  {
    kernel: 'Conv2D',
    what: 'gathered, same padding, dilated',
    samples: [uniform('many', [2, 6, 5, 32]), uniform('f32', [3, 2, 32, 4])],
    build: (x, w) => tf.conv2d(as4d(x!), as4d(w!), 1, 'same', 'NHWC', 2),
    gradients: 0,
  },
  {
    kernel: 'Conv2DBackpropInput',
    what: 'as a transposed convolution',
    samples: [uniform('dy', [2, 4, 3, 4]), filter],
    build: (x, w) => tf.conv2dTranspose(as4d(x!), as4d(w!), [2, 7, 6, 3], 2, 'same'),
    gradients: 2,
  },
  {
    kernel: 'Conv2DBackpropFilter',
    what: 'stride 3',
    samples: [image, filter],
    build: conv(1, 3),
    gradients: 2,
  },
  {
    kernel: 'DepthwiseConv2dNative',
    what: 'same, stride 1',
    samples: [image, deep],
    build: (x, w) => tf.depthwiseConv2d(as4d(x!), as4d(w!), 1, 'same'),
    gradients: 2,
  },
  {
    kernel: 'DepthwiseConv2dNativeBackpropInput',
    what: 'padded by 1, stride 2',
    samples: [image, deep],
    build: (x, w) => tf.depthwiseConv2d(as4d(x!), as4d(w!), 2, 1),
    gradients: 1,
  },
  {
    kernel: 'DepthwiseConv2dNativeBackpropFilter',
    what: 'valid, stride 2',
    samples: [image, deep],
    build: (x, w) => tf.depthwiseConv2d(as4d(x!), as4d(w!), 2, 'valid'),
    gradients: 2,
  },
  unaryCase('MaxPool', (x) => tf.maxPool(as4d(x!), 2, 1, 'valid'), image),
  unaryCase('MaxPoolGrad', (x) => tf.maxPool(as4d(x!), 3, 2, 'same'), image),
  unaryCase('MaxPoolGrad', (x) => tf.maxPool(as4d(tf.relu(x!)), 2, 1, 'valid'), image),
  unaryCase('MaxPoolGrad', (x) => tf.maxPool(as4d(x!), 2, 3, 'valid'), image),
  unaryCase('AvgPool', (x) => tf.avgPool(as4d(x!), 2, 2, 'valid'), image),
  unaryCase('AvgPoolGrad', (x) => tf.avgPool(as4d(x!), 3, 1, 'same'), image),
  unaryCase('ResizeBilinear', (x) => tf.image.resizeBilinear(as4d(x!), [14, 9]), image, 0),
  unaryCase('ResizeBilinear', (x) => tf.image.resizeBilinear(as4d(x!), [12, 9]), square),
  unaryCase(
    'ResizeBilinear',
    (x) => tf.image.resizeBilinear(as3d(x!), [5, 8], false, true),
    uniform('i3', [4, 4, 2]),
    0,
  ),
  // tfjs's own gradient exchanges height and width: square images only.
  unaryCase('ResizeBilinearGrad', (x) => tf.image.resizeBilinear(as4d(x!), [3, 11], true), square),
];

const cases = [...elementwise, ...reductions, ...products, ...shapes, ...picks, ...images];

/** Kernels that a provider has no way to run; tests/engine/trace/webgpuProvider.test.ts holds that it says so. */
const missing: Readonly<Record<string, readonly string[]>> = { TopK: ['webgpu'] };

/** The result, and the gradients of its product with fixed numbers, under one name each. */
function withGradients(
  build: Build,
  gradients: number,
): (...tensors: tf.Tensor[]) => Record<string, tf.Tensor> {
  return (...tensors) => {
    const result = build(...tensors);
    if (gradients === 0) return { result };
    const rest = tensors.slice(gradients);
    const count = result.size;
    const weights = tf.tensor(
      Float32Array.from({ length: count }, (_, i) => Math.sin(i + 1)),
      result.shape,
    );
    const derive = tf.grads((...free: tf.Tensor[]) => build(...free, ...rest));
    const found = derive(tensors.slice(0, gradients), weights);
    return { result, ...Object.fromEntries(found.map((gradient, index) => [`gradient${index}`, gradient])) };
  };
}

describe.each(cases.map((each) => [`${each.kernel}, ${each.what}`, each] as const))('%s', (_, each) => {
  it(`gives tfjs's result${each.gradients > 0 ? ' and gradient' : ''}`, async () => {
    const providers = everyProvider.filter(({ name }) => !missing[each.kernel]?.includes(name));
    await expectSame(each.samples, withGradients(each.build, each.gradients), { providers });
  });
});

describe('the kernel rules', () => {
  it('each have a case here', () => {
    const tested = new Set(cases.map((each) => each.kernel));
    expect(Object.keys(kernelRules).filter((name) => !tested.has(name))).toEqual([]);
  });
});
