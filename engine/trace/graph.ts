// The static graph a trace records: values in single assignment, each made by one ONNX operator. Knows no tfjs.
import type { OnnxOperator } from './operators.ts';

export type ValueType = 'float32' | 'float16' | 'int32' | 'int64' | 'bool' | 'uint8';
export type ConstantData = Float32Array | Int32Array | Uint8Array | BigInt64Array;
export type AttributeValue = number | string | readonly number[] | { readonly float: number };
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** Where a value comes from. `splat` is a constant whose elements are all the same number. */
export type ValueSource =
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'constant'; readonly data: ConstantData }
  | { readonly kind: 'splat'; readonly number: number }
  | { readonly kind: 'node'; readonly node: Node; readonly port: number };

export interface Value {
  readonly id: number;
  readonly shape: readonly number[];
  readonly type: ValueType;
  readonly source: ValueSource;
}

/** One ONNX operator. `op` is its ONNX name; the domain follows from the name. */
export interface Node {
  readonly id: number;
  readonly op: OnnxOperator;
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: Attributes;
}

export interface NamedValue {
  readonly name: string;
  readonly value: Value;
}

/** Nodes are in an order in which they can run. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Value[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly NamedValue[];
}

/** Number of elements of a shape. */
export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** True when two shapes are the same. */
export function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((extent, axis) => extent === b[axis]);
}

/** Shape of an elementwise result by the usual rule (right-aligned, 1 stretches). The shapes must be compatible. */
export function broadcastShape(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const extents = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    return extents.find((extent) => extent !== 1) ?? 1;
  });
}
