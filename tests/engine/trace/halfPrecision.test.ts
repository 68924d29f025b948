import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, test } from 'vitest';
import { pretrainProgram } from '../../../engine/mimjepa/pretrainProgram.ts';
import type { Program } from '../../../engine/runtime/program.ts';
import { halfOperators } from '../../../engine/trace/halfPrecision.ts';
import { printGraph } from '../../../engine/trace/printGraph.ts';
import { cpuProvider } from '../../../engine/trace/provider.ts';
import { traceProgram } from '../../../engine/trace/traceProgram.ts';
import { webgpuProvider } from '../../../engine/trace/webgpuProvider.ts';
import { smallRun } from '../mimjepa/smallRun.ts';

/** Two products with the same weight, and a sum. */
const program: Program = {
  name: 'twice',
  precision: 'mixed',
  inputs: [{ name: 'x', shape: [2, 3], type: 'float32' }],
  state: [{ name: 'w', shape: [3, 3], type: 'float32' }],
  build: ({ x }, { w }) => {
    const once = tf.matMul(x as tf.Tensor2D, w as tf.Tensor2D);
    const twice = tf.matMul(tf.add(once, 1) as tf.Tensor2D, w as tf.Tensor2D);
    return { state: {}, outputs: { sum: tf.reshape(tf.sum(twice), [1]) } };
  },
};

const operatorsOf = (of: Program, provider: typeof cpuProvider) =>
  traceProgram(of, provider).graph.nodes.map(
    ({ op, inputs, outputs }) => `${op} ${inputs[0]!.type} → ${outputs[0]!.type}`,
  );

describe('a graph in mixed precision', () => {
  test('multiplies in float16 and adds in float32; what is read twice is rounded once', () => {
    expect(operatorsOf(program, webgpuProvider)).toEqual([
      'Cast float32 → float16',
      'Cast float32 → float16',
      'MatMul float16 → float16',
      'Cast float16 → float32',
      'Add float32 → float32',
      'Cast float32 → float16',
      'MatMul float16 → float16',
      'Cast float16 → float32',
      'ReduceSum float32 → float32',
      'Reshape float32 → float32',
    ]);
    expect(printGraph(traceProgram(program, webgpuProvider).graph)).toContain('float16');
  });

  test('rounds as much where the device multiplies in float32 only', () => {
    const operators = operatorsOf(program, cpuProvider);
    expect(operators.filter((each) => each === 'MatMul float32 → float32')).toHaveLength(2);
    expect(operators.filter((each) => each === 'Cast float32 → float16')).toHaveLength(5);
    expect(operators.filter((each) => each === 'Cast float16 → float32')).toHaveLength(5);
  });

  test('holds no other product in a whole training step, forward or backward, and runs on WebGPU', () => {
    const step = pretrainProgram(smallRun({ precision: 'mixed' })).packed!().program;
    const { graph } = traceProgram(step, webgpuProvider);
    const products = graph.nodes.filter(({ op }) => halfOperators.has(op));
    expect(products.length).toBeGreaterThan(50);
    expect(new Set(products.map(({ outputs }) => outputs[0]!.type))).toEqual(new Set(['float16']));
    const others = graph.nodes.filter(({ op }) => !halfOperators.has(op) && op !== 'Cast');
    expect(others.flatMap(({ inputs }) => inputs).filter(({ type }) => type === 'float16')).toEqual([]);
    // Weights and moments stay what they are.
    expect(graph.outputs.map(({ value }) => value.type)).not.toContain('float16');
  });

  test('is another one than in float32 only there', () => {
    const { precision: _, ...plain } = program;
    expect(operatorsOf(plain, webgpuProvider)).not.toContain('MatMul float16 → float16');
  });
});
