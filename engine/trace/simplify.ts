// What can be said about an operator's result without computing it: the rules a builder applies to each new node.
// Only rules that leave every bit of the result as it was, but for the sign of zero.
import type { GraphBuilder, ResultSpec } from './graphBuilder.ts';
import {
  broadcastShape,
  sameShape,
  sizeOf,
  type Attributes,
  type ConstantData,
  type Value,
} from './graph.ts';
import type { OnnxOperator } from './operators.ts';
import { invertPermutation, isIdentity } from './permutation.ts';

export interface NodeRequest {
  readonly op: OnnxOperator;
  readonly inputs: readonly Value[];
  readonly result: ResultSpec;
  readonly attributes: Attributes;
}

type Rule = (builder: GraphBuilder, request: NodeRequest) => Value | undefined;

const foldable: Readonly<Partial<Record<OnnxOperator, (a: number, b: number) => number>>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Max: Math.max,
  Min: Math.min,
  Pow: (a, b) => a ** b,
};

const rules: Readonly<Partial<Record<OnnxOperator, Rule>>> = {
  Identity: (_, { inputs }) => inputs[0],
  Reshape: simplifyReshape,
  Transpose: simplifyTranspose,
  Cast: simplifyCast,
  Expand: simplifyExpand,
  Neg: simplifyNeg,
  Where: (builder, request) => withNarrowOperands(builder, request),
};

/** An existing or simpler value equal to what the operator would give, or undefined. */
export function simplify(builder: GraphBuilder, request: NodeRequest): Value | undefined {
  if (elementwise.has(request.op)) return simplifyBinary(builder, request);
  return rules[request.op]?.(builder, request);
}

const elementwise = new Set([
  ...Object.keys(foldable),
  'Equal',
  'Greater',
  'GreaterOrEqual',
  'Less',
  'LessOrEqual',
  'And',
  'Or',
]);

function simplifyBinary(builder: GraphBuilder, request: NodeRequest): Value | undefined {
  const [a, b] = request.inputs as readonly [Value, Value];
  const { op, result } = request;
  const left = splatNumber(a);
  const right = splatNumber(b);
  const fold = foldable[op];
  if (left !== undefined && right !== undefined && fold !== undefined && result.type === 'float32') {
    return builder.splat(Math.fround(fold(left, right)), result.shape, result.type);
  }
  const kept = neutral(op, left, right, a, b);
  if (kept !== undefined) return expandTo(builder, kept, result.shape);
  if (op === 'Pow' && right === 2) return builder.op('Mul', [a, a], { ...result, shape: a.shape });
  return withNarrowOperands(builder, request);
}

/** The operand that x+0, x−0, x·1 and x/1 leave as it is. */
function neutral(op: OnnxOperator, left: number | undefined, right: number | undefined, a: Value, b: Value) {
  if ((op === 'Add' || op === 'Sub') && right === 0) return a;
  if (op === 'Add' && left === 0) return b;
  if ((op === 'Mul' || op === 'Div' || op === 'Pow') && right === 1) return a;
  if (op === 'Mul' && left === 1) return b;
  return undefined;
}

/** Feeds an elementwise operator the small original of each stretched operand; stretches the result if it must be. */
function withNarrowOperands(builder: GraphBuilder, request: NodeRequest): Value | undefined {
  const narrow = request.inputs.map((input) => narrowed(builder, input));
  if (narrow.every((value, index) => value === request.inputs[index])) return undefined;
  const shape = broadcastShape(...narrow.map((value) => value.shape));
  const computed = builder.op(request.op, narrow, { shape, type: request.result.type }, request.attributes);
  return expandTo(builder, computed, request.result.shape);
}

function narrowed(builder: GraphBuilder, value: Value): Value {
  if (value.source.kind === 'splat' && value.shape.length > 0) {
    return builder.splat(value.source.number, [], value.type);
  }
  if (value.source.kind === 'node' && value.source.node.op === 'Expand') return value.source.node.inputs[0]!;
  return value;
}

/** The value stretched to a shape that its own broadcasts to. */
export function expandTo(builder: GraphBuilder, value: Value, shape: readonly number[]): Value {
  if (sameShape(value.shape, shape)) return value;
  if (sizeOf(value.shape) === sizeOf(shape)) return builder.reshape(value, shape);
  return builder.op('Expand', [value, builder.int64(shape)], { shape, type: value.type });
}

function simplifyExpand(builder: GraphBuilder, { inputs, result }: NodeRequest): Value | undefined {
  const value = inputs[0]!;
  const number = splatNumber(value);
  if (number !== undefined) return builder.splat(number, result.shape, result.type);
  return sameShape(value.shape, result.shape) ? value : undefined;
}

function simplifyReshape(builder: GraphBuilder, { inputs, result }: NodeRequest): Value | undefined {
  const { source, type } = inputs[0]!;
  if (source.kind === 'splat') return builder.splat(source.number, result.shape, type);
  if (source.kind === 'constant') return builder.constant(source.data, result.shape, type);
  if (source.kind === 'node' && source.node.op === 'Reshape') {
    return builder.reshape(source.node.inputs[0]!, result.shape);
  }
  return undefined;
}

function simplifyTranspose(builder: GraphBuilder, request: NodeRequest): Value | undefined {
  const value = request.inputs[0]!;
  const order = request.attributes['perm'] as readonly number[];
  if (isIdentity(order)) return value;
  const wide = order.filter((axis) => value.shape[axis] !== 1);
  if (wide.every((axis, k) => k === 0 || axis > wide[k - 1]!)) {
    return builder.reshape(value, request.result.shape);
  }
  if (value.source.kind === 'splat')
    return builder.splat(value.source.number, request.result.shape, value.type);
  if (value.source.kind === 'constant') {
    return builder.constant(
      permuteData(value.source.data, value.shape, order),
      request.result.shape,
      value.type,
    );
  }
  if (value.source.kind === 'node' && value.source.node.op === 'Transpose') {
    const inner = value.source.node.attributes['perm'] as readonly number[];
    const perm = order.map((axis) => inner[axis]!);
    return builder.op('Transpose', [value.source.node.inputs[0]!], request.result, { perm });
  }
  return undefined;
}

/** Constant data with its axes reordered: axis j of the result is axis order[j] of the source. */
function permuteData(data: ConstantData, shape: readonly number[], order: readonly number[]): ConstantData {
  const strides = shape.map((_, axis) => sizeOf(shape.slice(axis + 1)));
  const back = invertPermutation(order);
  const newShape = order.map((axis) => shape[axis]!);
  const newStrides = newShape.map((_, axis) => sizeOf(newShape.slice(axis + 1)));
  const result = data.slice();
  for (let index = 0; index < data.length; index++) {
    let place = 0;
    for (let axis = 0; axis < shape.length; axis++) {
      place += (Math.floor(index / strides[axis]!) % shape[axis]!) * newStrides[back[axis]!]!;
    }
    result[place] = data[index]!;
  }
  return result;
}

function simplifyCast(builder: GraphBuilder, { inputs, result }: NodeRequest): Value | undefined {
  const value = inputs[0]!;
  if (value.type === result.type) return value;
  const number = splatNumber(value);
  if (number === undefined) return undefined;
  if (result.type === 'bool') return builder.splat(number === 0 ? 0 : 1, value.shape, 'bool');
  const whole = result.type === 'float32' ? number : Math.trunc(number);
  return builder.splat(whole, value.shape, result.type);
}

function simplifyNeg(builder: GraphBuilder, { inputs, result }: NodeRequest): Value | undefined {
  const value = inputs[0]!;
  const number = splatNumber(value);
  if (number !== undefined) return builder.splat(-number, result.shape, result.type);
  if (value.source.kind === 'node' && value.source.node.op === 'Neg') return value.source.node.inputs[0];
  return undefined;
}

function splatNumber(value: Value): number | undefined {
  return value.source.kind === 'splat' ? value.source.number : undefined;
}
