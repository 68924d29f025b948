// What the tracer must know about the device that will run a graph: which operators it has, for which element types. A
// new device is a new description; the lowering rules ask it and hold no device names.
import { EngineError } from '../contract/errors.ts';
import type { Graph, Node, ValueType } from './graph.ts';
import { onnxOperators, type OnnxOperator } from './operators.ts';

/** For each operator the types of its operands (see operandType) that the device computes; none where it lacks it. */
export type OperatorTable = Readonly<Record<OnnxOperator, readonly ValueType[]>>;

export interface Provider {
  /** e.g. `cpu`, `webgpu`: the name by which onnxruntime knows it. */
  readonly name: string;
  readonly operators: OperatorTable;
  /** Most results that one Split may have. */
  readonly widestSplit: number;
  /**
   * How many results of a product it computes at the same time, each by itself adding up a whole row: a product with fewer
   * is computed in pieces of its rows, and the pieces added up. Undefined where one core after the other takes its share.
   */
  readonly resultsAtOnce?: number;
}

const everyType: readonly ValueType[] = ['float32', 'int32', 'int64', 'bool', 'uint8'];
const everywhere = Object.fromEntries(onnxOperators.map((op) => [op, everyType])) as unknown as OperatorTable;

/** onnxruntime's own CPU kernels: nothing that the rules emit is missing. Of float16 they only convert. */
export const cpuProvider: Provider = {
  name: 'cpu',
  operators: { ...everywhere, Cast: [...everyType, 'float16'] },
  widestSplit: Infinity,
};

/** The operators of the ONNX standard that every provider has; for tests, and for devices not yet described. */
export const plainProvider: Provider = {
  name: 'plain',
  operators: { ...everywhere, FusedMatMul: [], ScatterElements: [] },
  widestSplit: Infinity,
};

/** The type that a device's table is asked about: of the first operand, or of what a choice chooses from. */
function operandType(node: Pick<Node, 'op' | 'inputs'>): ValueType {
  const operand = node.op === 'Where' ? node.inputs[1] : node.inputs[0];
  return operand?.type ?? 'float32';
}

/** Throws `trace.unsupported`, naming the operator, where a graph holds something that the device cannot run. */
export function assertRunnable(graph: Graph, { name, operators, widestSplit }: Provider): void {
  for (const node of graph.nodes) {
    const type = operandType(node);
    const isWide = node.op === 'Split' && node.outputs.length > widestSplit;
    if (operators[node.op].includes(type) && !isWide) continue;
    const what = isWide ? `Split into ${node.outputs.length}` : `${node.op} of ${type}`;
    throw new EngineError('trace.unsupported', `trace: program ${graph.name}: ${name} has no ${what}`, {
      details: { provider: name, operator: node.op, type },
    });
  }
}
