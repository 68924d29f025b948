// Views on a flat record of named tensors.
import type { Tensor } from '@tensorflow/tfjs-core';
import type { NamedTensors, TensorSpec } from '../runtime/program.ts';
import { EngineError } from '../contract/errors.ts';

/** The entries whose names start with `prefix`, under the rest of their names. */
export function withoutPrefix<Value>(
  values: Readonly<Record<string, Value>>,
  prefix: string,
): Record<string, Value> {
  const entries = Object.entries(values).filter(([name]) => name.startsWith(prefix));
  return Object.fromEntries(entries.map(([name, value]) => [name.slice(prefix.length), value]));
}

/** The same entries under `prefix` + name. */
export function withPrefix<Value>(
  values: Readonly<Record<string, Value>>,
  prefix: string,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]));
}

/** The named weight. Throws internal where it is missing, which means that state and model do not belong together. */
export function weightOf(weights: NamedTensors, name: string): Tensor {
  const weight = weights[name];
  if (!weight)
    throw new EngineError('internal', `the model has no weight named ${name}`, { details: { name } });
  return weight;
}

/** The same specs with `prefix` before each name. */
export function prefixSpecs(specs: readonly TensorSpec[], prefix: string): TensorSpec[] {
  return specs.map(({ name, shape, type }) => ({ name: prefix + name, shape, type }));
}
