// What the tracer makes of whole programs: the printed graph, what it refuses, and that it leaves nothing behind.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../engine/contract/errors.ts';
import type { Program } from '../../../engine/runtime/program.ts';
import { countFlops } from '../../../engine/trace/countFlops.ts';
import { printGraph } from '../../../engine/trace/printGraph.ts';
import { cpuProvider, plainProvider } from '../../../engine/trace/provider.ts';
import { traceBackend } from '../../../engine/trace/traceBackend.ts';
import { traceProgram } from '../../../engine/trace/traceProgram.ts';
import { programOf, uniform } from './executeBoth.ts';
import { smallProgram } from './smallProgram.ts';

const linearProgram: Program = {
  name: 'linear',
  inputs: [{ name: 'x', shape: [2, 3], type: 'float32' }],
  state: [{ name: 'w', shape: [4, 3], type: 'float32' }],
  build: (inputs, state) => {
    const loss = (w: tf.Tensor) => tf.sum(tf.square(tf.matMul(inputs['x']!, w, false, true))) as tf.Scalar;
    const { value, grad } = tf.valueAndGrad(loss)(state['w']!);
    return { state: { w: tf.sub(state['w']!, tf.mul(grad, 0.1)) }, outputs: { loss: value } };
  },
};

function graphText(program: Program, provider = cpuProvider): string {
  return printGraph(traceProgram(program, provider).graph);
}

function errorOf(body: () => unknown): EngineError {
  try {
    body();
  } catch (error) {
    if (error instanceof EngineError) return error;
    throw error;
  }
  throw new Error('expected an EngineError, none was thrown');
}

const [a23, image] = [uniform('a', [2, 3]), uniform('i', [1, 4, 4, 2])];

describe('a traced program', () => {
  it('prints its forward pass, gradient and update as one graph', () => {
    expect(graphText(linearProgram)).toMatchInlineSnapshot(`
      "graph linear
        input in:x : float32[2,3]
        input state:w : float32[4,3]
        %1 : float32[2,4] = FusedMatMul(in:x, state:w) {transA=0 transB=1}
        %2 : float32[2,4] = Mul(%1, %1)
        %3 : float32[1,1] = ReduceSum(%2, <0,1>) {keepdims=1}
        %4 : float32[] = Reshape(%3, <>)
        %5 : float32[2,4] = Mul(%1, 2)
        %6 : float32[4,3] = FusedMatMul(%5, in:x) {transA=1 transB=0}
        %7 : float32[4,3] = Mul(%6, 0.1)
        %8 : float32[4,3] = Sub(state:w, %7)
        return next:w = %8
        return out:loss = %4"
    `);
  });

  it('uses only standard operators for a device without fused products', () => {
    expect(graphText(linearProgram, plainProvider)).toMatchInlineSnapshot(`
      "graph linear
        input in:x : float32[2,3]
        input state:w : float32[4,3]
        %1 : float32[3,4] = Transpose(state:w) {perm=[1,0]}
        %2 : float32[2,4] = MatMul(in:x, %1)
        %3 : float32[2,4] = Mul(%2, %2)
        %4 : float32[1,1] = ReduceSum(%3, <0,1>) {keepdims=1}
        %5 : float32[] = Reshape(%4, <>)
        %6 : float32[2,4] = Mul(%2, 2)
        %7 : float32[4,2] = Transpose(%6) {perm=[1,0]}
        %8 : float32[4,3] = MatMul(%7, in:x)
        %9 : float32[4,3] = Mul(%8, 0.1)
        %10 : float32[4,3] = Sub(state:w, %9)
        return next:w = %10
        return out:loss = %5"
    `);
  });

  it('is the same graph each time', () => {
    expect(graphText(smallProgram)).toBe(graphText(smallProgram));
  });

  it('moves no data for channels-last images and OIHW filters', () => {
    const program = programOf([uniform('x', [1, 2, 6, 6]), uniform('w', [5, 2, 3, 3])], (x, w) => {
      const map = tf.relu(
        tf.conv2d(
          tf.transpose(x as tf.Tensor4D, [0, 2, 3, 1]),
          tf.transpose(w as tf.Tensor4D, [2, 3, 1, 0]),
          1,
          'same',
        ),
      );
      return { pooled: tf.transpose(tf.maxPool(map as tf.Tensor4D, 2, 2, 'valid'), [0, 3, 1, 2]) };
    });
    expect(graphText(program)).not.toContain('Transpose');
  });

  it('computes equal expressions once and dead ones never', () => {
    const program = programOf([a23], (x) => {
      tf.exp(x!);
      return { sum: tf.add(tf.sqrt(tf.abs(x!)), tf.sqrt(tf.abs(x!))) };
    });
    const text = graphText(program);
    expect(text.match(/Sqrt/g)).toHaveLength(1);
    expect(text).not.toContain('Exp');
  });

  it('folds what multiplies by one, adds zero or reshapes twice', () => {
    const program = programOf([a23], (x) => ({
      same: tf.reshape(tf.reshape(tf.add(tf.mul(x!, tf.onesLike(x!)), tf.zerosLike(x!)), [6]), [2, 3]),
    }));
    expect(traceProgram(program, cpuProvider).graph.nodes).toEqual([]);
  });

  it('keeps constants that are created with data', () => {
    const program = programOf([a23], (x) => ({ y: tf.mul(x!, tf.tensor1d([1, 2, 3])) }));
    expect(graphText(program)).toContain('Mul(in:x0, <1,2,3>:[3])');
  });

  it('counts two operations for each multiply and add', () => {
    const { graph } = traceProgram(linearProgram, cpuProvider);
    expect(countFlops(graph)).toBe(2 * (2 * 3 * 4) * 2);
  });

  it('leaves no tensors and the former tfjs backend', async () => {
    await tf.setBackend('cpu');
    const before = tf.memory().numTensors;
    traceProgram(smallProgram, cpuProvider);
    expect(tf.memory().numTensors).toBe(before);
    expect(traceBackend().numDataIds()).toBe(0);
    expect(tf.getBackend()).toBe('cpu');
  });
});

describe('the tracer refuses', () => {
  it('a kernel without a rule, by name, and can trace again afterwards', () => {
    const program = programOf([image], (x) => ({ y: tf.localResponseNormalization(x as tf.Tensor4D) }));
    const error = errorOf(() => traceProgram(program, cpuProvider));
    expect(error.code).toBe('trace.unsupported');
    expect(error.details['kernel']).toBe('LRN');
    expect(error.message).toContain('LRN');
    expect(graphText(linearProgram)).toContain('FusedMatMul');
  });

  it('a program that reads the values of its tensors', () => {
    const program = programOf([a23], (x) => ({ y: tf.mul(x!, x!.dataSync()[0]!) }));
    expect(errorOf(() => traceProgram(program, cpuProvider)).code).toBe('trace.unsupported');
  });

  it('state that changes its shape', () => {
    const program: Program = {
      ...linearProgram,
      build: (_, state) => ({ state: { w: tf.transpose(state['w']!) }, outputs: {} }),
    };
    const error = errorOf(() => traceProgram(program, cpuProvider));
    expect(error.code).toBe('tensor.shape');
    expect(error.message).toContain('state w: expected [4,3], got [3,4]');
  });

  it('pictures with channels first', () => {
    const program = programOf([image, uniform('w', [3, 3, 4, 2])], (x, w) => ({
      y: tf.conv2d(x as tf.Tensor4D, w as tf.Tensor4D, 1, 'same', 'NCHW'),
    }));
    expect(errorOf(() => traceProgram(program, cpuProvider)).code).toBe('trace.unsupported');
  });
});
