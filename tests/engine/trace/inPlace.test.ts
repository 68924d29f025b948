// Which state may be overwritten where it lies.
import * as tf from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { NamedTensors, Program } from '../../../engine/runtime/program.ts';
import { findInPlaceState } from '../../../engine/trace/inPlace.ts';
import { cpuProvider } from '../../../engine/trace/provider.ts';
import { portNames, traceProgram } from '../../../engine/trace/traceProgram.ts';
import { smallProgram } from './smallProgram.ts';

/** Names of the state that the analysis lets an executor overwrite. */
function inPlaceNames(program: Program): string[] {
  const { graph, changedState } = traceProgram(program, cpuProvider);
  const pairs = changedState.map((name) => ({
    name,
    input: graph.inputs.find(
      ({ source }) => source.kind === 'input' && source.name === portNames.state(name),
    )!,
    output: graph.outputs.find((output) => output.name === portNames.nextState(name))!.value,
  }));
  const safe = findInPlaceState(graph, pairs);
  return pairs.filter((pair) => safe.has(pair)).map((pair) => pair.name);
}

function twoWeights(build: (state: NamedTensors) => Record<string, tf.Tensor>): Program {
  return {
    name: 'two',
    inputs: [],
    state: ['a', 'b'].map((name) => ({ name, shape: [2, 2], type: 'float32' })),
    build: (_, state) => ({ state: build(state), outputs: {} }),
  };
}

describe('state may be overwritten in place', () => {
  it('in a training step whose writes all depend on the gradient norm', () => {
    expect(inPlaceNames(smallProgram)).toEqual(
      smallProgram.state.map((spec) => spec.name).filter((name) => name !== 'frozen'),
    );
  });

  it('not while another write may still have to read it', () => {
    const program = twoWeights(({ a, b }) => ({ a: tf.add(a!, 1), b: tf.add(b!, tf.exp(a!)) }));
    expect(inPlaceNames(program)).toEqual(['b']);
  });

  it('not when the writer reads it out of step', () => {
    const program = twoWeights(({ a, b }) => ({ a: tf.matMul(a!, b!), b: tf.transpose(b!) }));
    expect(inPlaceNames(program)).toEqual([]);
  });

  it('not when two tensors exchange their values', () => {
    expect(inPlaceNames(twoWeights(({ a, b }) => ({ a: b!, b: a! })))).toEqual([]);
  });

  it('not when a reader reaches it through a reshape', () => {
    const program = twoWeights(({ a, b }) => ({
      a: tf.mul(a!, 2),
      b: tf.add(b!, tf.reshape(tf.sum(tf.reshape(a!, [4])), [])),
    }));
    expect(inPlaceNames(program)).toEqual(['b']);
  });
});
