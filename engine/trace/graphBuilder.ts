// Builds a graph node by node. Equal nodes are made once (common subexpressions), and what simplify.ts can say without
// computing is never made at all. Dead nodes are dropped when the graph is finished.
import { EngineError } from '../contract/errors.ts';
import {
  sameShape,
  sizeOf,
  type Attributes,
  type ConstantData,
  type Graph,
  type NamedValue,
  type Node,
  type Value,
  type ValueSource,
  type ValueType,
} from './graph.ts';
import type { OnnxOperator } from './operators.ts';
import { simplify } from './simplify.ts';

export interface ResultSpec {
  readonly shape: readonly number[];
  readonly type: ValueType;
}

export class GraphBuilder {
  readonly #inputs: Value[] = [];
  readonly #nodes: Node[] = [];
  readonly #known = new Map<string, readonly Value[]>();
  #valueCount = 0;

  /** A value fed from outside under this name. */
  input(name: string, shape: readonly number[], type: ValueType): Value {
    const value = this.#value({ shape, type }, { kind: 'input', name });
    this.#inputs.push(value);
    return value;
  }

  /** A constant with these elements, row by row. Constants of one repeated number are kept as that number. */
  constant(data: ConstantData, shape: readonly number[], type: ValueType): Value {
    if (data.length !== sizeOf(shape)) {
      throw new EngineError('internal', `constant: expected ${sizeOf(shape)} elements, got ${data.length}`);
    }
    const first = data[0];
    if (typeof first === 'number' && !Object.is(first, -0) && data.every((element) => element === first)) {
      return this.splat(first, shape, type);
    }
    const key = data.length <= 64 ? `constant|${type}|${shape.join()}|${data.join()}` : undefined;
    return this.#remember(key, () => [this.#value({ shape, type }, { kind: 'constant', data })])[0]!;
  }

  /** A constant whose elements are all `number`. */
  splat(number: number, shape: readonly number[], type: ValueType): Value {
    const key = `splat|${type}|${shape.join()}|${Object.is(number, -0) ? '-0' : number}`;
    return this.#remember(key, () => [this.#value({ shape, type }, { kind: 'splat', number })])[0]!;
  }

  /** A constant list of int64, as ONNX wants its axes, shapes and sizes. */
  int64(numbers: readonly number[]): Value {
    return this.constant(BigInt64Array.from(numbers, BigInt), [numbers.length], 'int64');
  }

  /** The result of an operator with one output. */
  op(op: OnnxOperator, inputs: readonly Value[], result: ResultSpec, attributes: Attributes = {}): Value {
    const simpler = simplify(this, { op, inputs, result, attributes });
    return simpler ?? this.ops(op, inputs, [result], attributes)[0]!;
  }

  /** The results of an operator with any number of outputs. */
  ops(
    op: OnnxOperator,
    inputs: readonly Value[],
    results: readonly ResultSpec[],
    attributes: Attributes = {},
  ): readonly Value[] {
    const shapes = results.map((result) => `${result.type}${result.shape.join()}`).join(';');
    const key = `${op}|${inputs.map((input) => input.id).join()}|${JSON.stringify(attributes)}|${shapes}`;
    return this.#remember(key, () => {
      const outputs: Value[] = [];
      const node: Node = { id: this.#nodes.length, op, inputs, outputs, attributes };
      results.forEach((result, port) => outputs.push(this.#value(result, { kind: 'node', node, port })));
      this.#nodes.push(node);
      return outputs;
    });
  }

  /** The same elements in another shape. */
  reshape(value: Value, shape: readonly number[]): Value {
    if (sizeOf(shape) !== sizeOf(value.shape)) {
      throw new EngineError('internal', `reshape: [${value.shape.join()}] does not fit [${shape.join()}]`);
    }
    if (sameShape(value.shape, shape)) return value;
    return this.op('Reshape', [value, this.int64(shape)], { shape, type: value.type });
  }

  /** The finished graph: what the outputs need, and nothing else; every input stays. */
  finish(name: string, outputs: readonly NamedValue[]): Graph {
    const needed = new Set<Node>();
    const pending = outputs.map((output) => output.value);
    for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
      if (value.source.kind !== 'node' || needed.has(value.source.node)) continue;
      needed.add(value.source.node);
      pending.push(...value.source.node.inputs);
    }
    return {
      name,
      inputs: [...this.#inputs],
      nodes: this.#nodes.filter((node) => needed.has(node)),
      outputs,
    };
  }

  #value(spec: ResultSpec, source: ValueSource): Value {
    return { id: this.#valueCount++, shape: [...spec.shape], type: spec.type, source };
  }

  #remember(key: string | undefined, make: () => readonly Value[]): readonly Value[] {
    if (key === undefined) return make();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#known.set(key, made);
    return made;
  }
}
