// What is lowered for a GPU holds nothing that onnxruntime's WebGPU provider lacks, and computes the same.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { paperConfig } from '../../../engine/contract/config.ts';
import { encodeProgram } from '../../../engine/model/encodeProgram.ts';
import { pretrainProgram } from '../../../engine/mimjepa/pretrainProgram.ts';
import { GraphBuilder } from '../../../engine/trace/graphBuilder.ts';
import type { Graph } from '../../../engine/trace/graph.ts';
import type { OnnxOperator } from '../../../engine/trace/operators.ts';
import { assertRunnable } from '../../../engine/trace/provider.ts';
import { traceProgram } from '../../../engine/trace/traceProgram.ts';
import { webgpuProvider } from '../../../engine/trace/webgpuProvider.ts';
import { expectSame, int32, programOf, uniform, type Sample } from './executeBoth.ts';

const table = uniform('t', [3, 4]);
const whole = int32([3, 4], [5, -7, 0, 2, 16777217, 3, -1, 8, 9, -12, 11, 4]);
const halves: Sample = { shape: [8], data: Float32Array.of(-2.5, -1.5, -0.5, 0.5, 1.5, 2.5, 0.49, 3.51) };
const bits = (x: tf.Tensor) => tf.greater(x, 0);
const asFloat = (x: tf.Tensor) => tf.cast(x, 'float32');

type Trap = readonly [
  what: string,
  absent: readonly OnnxOperator[],
  samples: readonly Sample[],
  build: (...tensors: tf.Tensor[]) => tf.Tensor,
];

/** What a program may ask for and the provider cannot do as it stands. */
const traps: readonly Trap[] = [
  ['a sign', ['Sign'], [table], (x) => tf.sign(x!)],
  ['a sign of whole numbers', ['Sign'], [whole], (x) => tf.sign(x!)],
  ['rounding, halves to even', ['Round'], [halves], (x) => tf.round(x!)],
  ['either of two', ['Or'], [table], (x) => asFloat(tf.logicalOr(bits(x!), bits(tf.sin(x!))))],
  ['a logarithm of softmax', ['LogSoftmax'], [table], (x) => tf.logSoftmax(x!)],
  ['the place of a maximum', ['ArgMax'], [table], (x) => tf.argMax(x!, 1)],
  ['the place of a minimum', ['ArgMin'], [whole], (x) => tf.argMin(asFloat(x!), 0)],
  ['transposed factors', ['FusedMatMul'], [table, table], (x, y) => tf.matMul(x!, y!, false, true)],
  [
    'more parts than a kernel may write',
    ['Split'],
    [uniform('w', [12, 3])],
    (x) => tf.addN(tf.split(x!, 12)),
  ],
  [
    'a part of whole numbers, beyond what floats hold',
    ['Slice'],
    [whole],
    (x) => tf.slice(x!, [1, 0], [2, 3]),
  ],
  ['a part of truth values', ['Slice'], [table], (x) => asFloat(tf.slice(bits(x!), [0, 1], [2, 2]))],
  ['truth values in another order', [], [table], (x) => asFloat(tf.transpose(bits(x!)))],
  ['truth values joined', [], [table], (x) => asFloat(tf.concat([bits(x!), bits(tf.neg(x!))]))],
  ['truth values repeated', [], [table], (x) => asFloat(tf.tile(bits(x!), [2, 3]))],
  ['equal truth values', [], [table], (x) => asFloat(tf.equal(bits(x!), bits(tf.sin(x!))))],
  ['whole numbers negated', ['Neg'], [whole], (x) => tf.neg(x!)],
  ['sizes of whole numbers', ['Abs'], [whole], (x) => tf.abs(x!)],
  ['sums by row number', ['ScatterElements'], [uniform('u', [600, 2])], (x) => sumByRow(x!, 600)],
];

function sumByRow(rows: tf.Tensor, count: number): tf.Tensor {
  const ids = tf.tensor1d(
    Array.from({ length: count }, (_, index) => (index * 7) % 11),
    'int32',
  );
  return tf.unsortedSegmentSum(rows, ids, 11);
}

function operatorsOf(graph: Graph): OnnxOperator[] {
  return [...new Set(graph.nodes.map((node) => node.op))];
}

describe('for a GPU', () => {
  it.each([
    ['as rows of both', false, true, [5, 8192], [3, 8192]],
    ['as columns of both', true, false, [8192, 5], [8192, 3]],
    ['as rows and columns', false, false, [5, 8192], [8192, 3]],
    ['as columns and rows', true, true, [8192, 5], [3, 8192]],
  ] as const)('a long sum (%s) is computed in pieces', async (_, transposeA, transposeB, left, right) => {
    const samples = [uniform('a', [...left]), uniform('b', [...right])];
    const build = (a: tf.Tensor, b: tf.Tensor) => ({ y: tf.matMul(a, b, transposeA, transposeB) });
    const program = programOf(samples, (a, b) => build(a!, b!));
    const { graph } = traceProgram(program, webgpuProvider);
    const product = graph.nodes.find(({ op }) => op === 'MatMul');
    expect(product!.outputs[0]!.shape).toEqual([2, 5, 3]);
    expect(operatorsOf(graph)).toContain('ReduceSum');
    const whole = traceProgram(program, { ...webgpuProvider, resultsAtOnce: undefined }).graph;
    expect(operatorsOf(whole)).not.toContain('ReduceSum');
    await expectSame(samples, (a, b) => build(a!, b!));
  });

  it('a product with results enough, or with short sums, stays whole', () => {
    for (const shape of [
      [512, 8192],
      [8, 2048],
    ]) {
      const samples = [uniform('a', shape), uniform('b', shape)];
      const program = programOf(samples, (a, b) => ({ y: tf.matMul(a!, b!, false, true) }));
      const { graph } = traceProgram(program, webgpuProvider);
      expect(operatorsOf(graph)).not.toContain('ReduceSum');
    }
  });

  it.each(traps)('%s: is put differently, and gives the same', async (_, absent, samples, build) => {
    const program = programOf(samples, (...tensors) => ({ y: build(...tensors) }));
    const { graph } = traceProgram(program, webgpuProvider);
    for (const op of absent) expect(operatorsOf(graph)).not.toContain(op);
    await expectSame(samples, (...tensors) => ({ y: build(...tensors) }));
  });

  it('numbers that are none, and infinite ones, are told from others', async () => {
    const odd: Sample = { shape: [5], data: Float32Array.of(1, NaN, Infinity, -Infinity, 3e38) };
    await expectSame([odd], (x) => ({
      nan: asFloat(tf.isNaN(x!)),
      infinite: asFloat(tf.isInf(x!)),
      finite: asFloat(tf.isFinite(x!)),
    }));
  });

  it('the training step and the encoder, both tokenizers, are put into operators that it has', () => {
    for (const tokenizer of ['scott', 'vit'] as const) {
      const config = { ...paperConfig, model: { ...paperConfig.model, tokenizer } };
      const step = traceProgram(pretrainProgram(config), webgpuProvider);
      expect(step.changedState.length).toBeGreaterThan(100);
      traceProgram(encodeProgram(config.model, 4, { layers: [0] }), webgpuProvider);
    }
  });
});

describe('the tracer refuses for a GPU', () => {
  it('a kernel that it can put into no operator there is, by the name of what is missing', () => {
    const program = programOf([table], (x) => ({ y: tf.topk(x!, 2).values }));
    expect(() => traceProgram(program, webgpuProvider)).toThrow(
      expect.objectContaining({
        code: 'trace.unsupported',
        message: 'trace: program sample: webgpu has no TopK of float32',
        details: { provider: 'webgpu', operator: 'TopK', type: 'float32' },
      }),
    );
  });

  it('a Split into more results than a kernel may write', () => {
    const builder = new GraphBuilder();
    const spec = { shape: [2], type: 'float32' } as const;
    const parts = Array.from({ length: 8 }, () => spec);
    const input = builder.input('x', [16], 'float32');
    const values = builder.ops('Split', [input, builder.int64(parts.map(() => 2))], parts, { axis: 0 });
    const graph = builder.finish(
      'wide',
      values.map((value, index) => ({ name: `y${index}`, value })),
    );
    expect(() => assertRunnable(graph, webgpuProvider)).toThrow('webgpu has no Split into 8');
  });
});
