// Runs a program once under the trace backend and keeps the graph it leaves: forward, gradients and updates alike.
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import * as tf from '@tensorflow/tfjs-core';
import { EngineError } from '../contract/errors.ts';
import type { NamedTensors, Program, TensorSpec } from '../runtime/program.ts';
import { roundProducts } from './halfPrecision.ts';
import { samePermutation } from './permutation.ts';
import { sameShape, type Graph, type NamedValue } from './graph.ts';
import { assertRunnable, type Provider } from './provider.ts';
import { traceBackend, traceBackendName, type TraceBackend } from './traceBackend.ts';
import { logicalShape, TraceContext, type Traced } from './traceContext.ts';

/** Names under which a graph takes and gives the tensors of a program. */
export const portNames = {
  input: (name: string) => `in:${name}`,
  state: (name: string) => `state:${name}`,
  nextState: (name: string) => `next:${name}`,
  output: (name: string) => `out:${name}`,
} as const;

export interface TracedProgram {
  readonly program: Program;
  readonly graph: Graph;
  /** Names of the state that the program changes; the rest is only read. */
  readonly changedState: readonly string[];
  /** What each call returns. */
  readonly outputs: readonly TensorSpec[];
}

/**
 * The static graph of one call of a program on a device.
 * Throws `trace.unsupported` (naming the kernel or operator) where the program does what a graph cannot hold or the device
 * cannot run, and `tensor.shape`
 * where a new state does not have the shape of the old.
 */
export function traceProgram(program: Program, provider: Provider): TracedProgram {
  const backend = traceBackend();
  return withBackend(traceBackendName, () => {
    const context = new TraceContext(provider);
    return backend.record(context, () => record(backend, context, program));
  });
}

/** Runs `body` with a registered tfjs backend, then puts the former one back. `body` must be synchronous. */
export function withBackend<Result>(name: string, body: () => Result): Result {
  const engine = tf.engine();
  const former = engine.backendName as string | undefined;
  engine.findBackend(name);
  void engine.setBackend(name);
  if (engine.backendName !== name)
    throw new EngineError('internal', `tfjs did not switch to backend ${name}`);
  try {
    return body();
  } finally {
    if (former !== undefined && former !== name) void engine.setBackend(former);
  }
}

function record(backend: TraceBackend, context: TraceContext, program: Program): TracedProgram {
  const engine = tf.engine();
  engine.startScope();
  try {
    const inputs = feed(backend, context, program.inputs, portNames.input);
    const state = feed(backend, context, program.state, portNames.state);
    const before = Object.fromEntries(
      Object.entries(state).map(([name, tensor]) => [name, backend.tracedOf(tensor)]),
    );
    const result = program.build(inputs, state);
    const next = program.state.flatMap((spec) => changed(backend, spec, before[spec.name]!, result.state));
    const outputs = Object.entries(result.outputs).map(([name, tensor]) => ({
      name,
      traced: backend.tracedOf(tensor),
    }));
    const named: NamedValue[] = [
      ...next.map(({ name, traced }) => ({ name: portNames.nextState(name), value: context.plain(traced) })),
      ...outputs.map(({ name, traced }) => ({ name: portNames.output(name), value: context.plain(traced) })),
    ];
    const plain = context.builder.finish(program.name, named);
    const graph = program.precision === 'mixed' ? roundProducts(plain, context.provider) : plain;
    assertRunnable(graph, context.provider);
    return {
      program,
      graph,
      changedState: next.map(({ name }) => name),
      outputs: outputs.map(({ name, traced }) => outputSpec(name, traced)),
    };
  } finally {
    engine.endScope();
  }
}

function feed(
  backend: TraceBackend,
  context: TraceContext,
  specs: readonly TensorSpec[],
  portName: (name: string) => string,
): NamedTensors {
  const tensors: Record<string, tf.Tensor> = {};
  for (const { name, shape, type } of specs) {
    const value = context.builder.input(portName(name), shape, type);
    const traced = context.wrap(value);
    tensors[name] = backend.tensor(type === 'uint8' ? context.cast(traced, 'float32') : traced);
  }
  return tensors;
}

function changed(
  backend: TraceBackend,
  spec: TensorSpec,
  before: Traced,
  next: NamedTensors,
): { readonly name: string; readonly traced: Traced }[] {
  const tensor = next[spec.name];
  if (tensor === undefined) return [];
  const traced = backend.tracedOf(tensor);
  if (traced.value === before.value && samePermutation(traced.permutation, before.permutation)) return [];
  if (!sameShape(logicalShape(traced), spec.shape)) {
    throw new EngineError(
      'tensor.shape',
      `program: state ${spec.name}: expected [${spec.shape.join()}], got [${logicalShape(traced).join()}]`,
    );
  }
  return [{ name: spec.name, traced }];
}

function outputSpec(name: string, traced: Traced): TensorSpec {
  const { type } = traced.value;
  if (type === 'float32' || type === 'int32' || type === 'uint8')
    return { name, shape: logicalShape(traced), type };
  throw new EngineError('tensor.shape', `program: output ${name}: expected float32 or int32, got ${type}`);
}
