// What the tracer must know about the device that will run a graph: which operators it lacks. A new device is a new
// description; the lowering rules ask it and hold no device names.

/** Operators that some execution providers of onnxruntime lack; each has a fallback in the lowering rules. */
export const optionalOperators = ['FusedMatMul', 'ScatterElements'] as const;

export type OptionalOperator = (typeof optionalOperators)[number];

export interface Provider {
  /** e.g. `cpu`, `webgpu`: the name by which onnxruntime knows it. */
  readonly name: string;
  readonly lacks: ReadonlySet<OptionalOperator>;
}

/** onnxruntime's own CPU kernels: nothing is missing. */
export const cpuProvider: Provider = { name: 'cpu', lacks: new Set() };

/** The operators of the ONNX standard that every provider has; for tests, and for devices not yet described. */
export const plainProvider: Provider = {
  name: 'plain',
  lacks: new Set<OptionalOperator>(optionalOperators),
};
