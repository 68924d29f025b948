// What a lowering rule is: it takes one call of a tfjs kernel and adds its operators to the graph.
import type { DataType } from '@tensorflow/tfjs-core';
import { unsupported, type TraceContext, type Traced } from '../traceContext.ts';
import type { ValueType } from '../graph.ts';

export interface KernelCall {
  readonly kernel: string;
  /** In the kernel's own order; lists (Concat, AddN, Pack) are keyed 0, 1, 2 … */
  readonly inputs: Readonly<Record<string, Traced>>;
  readonly attributes: Readonly<Record<string, unknown>>;
}

export type Rule = (context: TraceContext, call: KernelCall) => Traced | readonly Traced[];
export type RuleMap<Kernel extends string> = { readonly [K in Kernel]: Rule };

/** The named input of a call. */
export function input(call: KernelCall, name: string): Traced {
  const tensor = call.inputs[name];
  if (tensor === undefined) throw unsupported(call.kernel, `expected input ${name}, got none`);
  return tensor;
}

/** The attributes of a call, under the type that tfjs declares for its kernel. */
export function attributesOf<Attributes>(call: KernelCall): Attributes {
  return call.attributes as Attributes;
}

/** The element type of a graph value that holds tensors of a tfjs dtype. */
export function valueType(dtype: DataType): ValueType {
  if (dtype === 'float32' || dtype === 'int32' || dtype === 'bool') return dtype;
  throw unsupported('Cast', `expected a dtype of float32, int32 or bool, got ${dtype}`);
}
