// Kernels that work element by element, with broadcasting.
import type { CastAttrs, ClipByValueAttrs, LeakyReluAttrs, StepAttrs } from '@tensorflow/tfjs-core';
import type { ValueType } from '../graph.ts';
import type { OnnxOperator } from '../operators.ts';
import type { TraceContext, Traced } from '../traceContext.ts';
import { attributesOf, input, valueType, type Rule, type RuleMap } from './rule.ts';

const binary =
  (op: OnnxOperator, type?: ValueType): Rule =>
  (context, call) =>
    context.elementwise(op, [input(call, 'a'), input(call, 'b')], type);

const unary =
  (op: OnnxOperator): Rule =>
  (context, call) =>
    context.elementwise(op, [input(call, 'x')]);

type ElementwiseKernel =
  | 'Add' | 'Sub' | 'Multiply' | 'RealDiv' | 'Maximum' | 'Minimum' | 'Pow' | 'SquaredDifference' | 'AddN'
  | 'Neg' | 'Square' | 'Sqrt' | 'Rsqrt' | 'Exp' | 'Expm1' | 'Log' | 'Log1p' | 'Erf' | 'Tanh' | 'Sigmoid' | 'Relu'
  | 'Relu6' | 'LeakyRelu' | 'Softplus' | 'Step' | 'Abs' | 'Sign' | 'Reciprocal' | 'Floor' | 'Ceil' | 'Round'
  | 'Sin' | 'Cos' | 'ClipByValue'
  | 'Equal' | 'NotEqual' | 'Greater' | 'GreaterEqual' | 'Less' | 'LessEqual'
  | 'LogicalAnd' | 'LogicalOr' | 'LogicalNot' | 'IsNan' | 'IsInf' | 'IsFinite'
  | 'Select' | 'Cast' | 'Identity'; // prettier-ignore

export const elementwiseRules = {
  Add: binary('Add'),
  Sub: binary('Sub'),
  Multiply: binary('Mul'),
  RealDiv: binary('Div'),
  Maximum: binary('Max'),
  Minimum: binary('Min'),
  Pow: binary('Pow'),
  SquaredDifference: (context, call) => {
    const difference = context.elementwise('Sub', [input(call, 'a'), input(call, 'b')]);
    return context.elementwise('Mul', [difference, difference]);
  },
  AddN: (context, call) =>
    Object.values(call.inputs).reduce((sum, term) => context.elementwise('Add', [sum, term])),

  Neg: (context, call) => negate(context, input(call, 'x')),
  Square: (context, call) => context.elementwise('Mul', [input(call, 'x'), input(call, 'x')]),
  Sqrt: unary('Sqrt'),
  Rsqrt: (context, call) => {
    const root = context.elementwise('Sqrt', [input(call, 'x')]);
    return context.elementwise('Reciprocal', [root]);
  },
  Exp: unary('Exp'),
  Expm1: (context, call) => {
    const power = context.elementwise('Exp', [input(call, 'x')]);
    return context.elementwise('Sub', [power, context.scalar(1)]);
  },
  Log: unary('Log'),
  Log1p: (context, call) =>
    context.elementwise('Log', [context.elementwise('Add', [input(call, 'x'), context.scalar(1)])]),
  Erf: unary('Erf'),
  Tanh: unary('Tanh'),
  Sigmoid: unary('Sigmoid'),
  Relu: unary('Relu'),
  Relu6: (context, call) => clip(context, input(call, 'x'), 0, 6),
  LeakyRelu: (context, call) => {
    const { alpha } = attributesOf<LeakyReluAttrs>(call);
    return context.elementwise('LeakyRelu', [input(call, 'x')], 'float32', { alpha: { float: alpha } });
  },
  Softplus: unary('Softplus'),
  Step: (context, call) => {
    const { alpha } = attributesOf<StepAttrs>(call);
    const positive = context.elementwise('Greater', [input(call, 'x'), context.scalar(0)], 'bool');
    if (alpha === 0) return context.cast(positive, 'float32');
    return context.elementwise('Where', [positive, context.scalar(1), context.scalar(alpha)], 'float32');
  },
  Abs: (context, call) => magnitude(context, input(call, 'x')),
  Sign: (context, call) => sign(context, input(call, 'x')),
  Reciprocal: unary('Reciprocal'),
  Floor: unary('Floor'),
  Ceil: unary('Ceil'),
  Round: (context, call) => round(context, input(call, 'x')),
  Sin: unary('Sin'),
  Cos: unary('Cos'),
  ClipByValue: (context, call) => {
    const { clipValueMin, clipValueMax } = attributesOf<ClipByValueAttrs>(call);
    return clip(context, input(call, 'x'), clipValueMin, clipValueMax);
  },

  Equal: (context, call) => equal(context, input(call, 'a'), input(call, 'b')),
  NotEqual: (context, call) =>
    context.elementwise('Not', [equal(context, input(call, 'a'), input(call, 'b'))]),
  Greater: binary('Greater', 'bool'),
  GreaterEqual: binary('GreaterOrEqual', 'bool'),
  Less: binary('Less', 'bool'),
  LessEqual: binary('LessOrEqual', 'bool'),
  LogicalAnd: binary('And', 'bool'),
  LogicalOr: (context, call) => either(context, input(call, 'a'), input(call, 'b')),
  LogicalNot: unary('Not'),
  IsNan: (context, call) => {
    const tensor = input(call, 'x');
    if (context.has('IsNaN')) return context.elementwise('IsNaN', [tensor], 'bool');
    return context.elementwise('Not', [context.elementwise('Equal', [tensor, tensor], 'bool')]);
  },
  IsInf: (context, call) => {
    const tensor = input(call, 'x');
    if (context.has('IsInf')) return context.elementwise('IsInf', [tensor], 'bool');
    const largest = context.scalar(largestFloat);
    return context.elementwise('Greater', [context.elementwise('Abs', [tensor]), largest], 'bool');
  },
  IsFinite: (context, call) => {
    const largest = context.scalar(largestFloat);
    const size = context.elementwise('Abs', [input(call, 'x')]);
    return context.elementwise('LessOrEqual', [size, largest], 'bool');
  },

  Select: (context, call) => {
    const branches = [input(call, 'condition'), input(call, 't'), input(call, 'e')];
    return context.elementwise('Where', branches, input(call, 't').value.type);
  },
  Cast: (context, call) => {
    const { dtype } = attributesOf<CastAttrs>(call);
    return context.cast(input(call, 'x'), valueType(dtype));
  },
  Identity: (_, call) => input(call, 'x'),
} satisfies RuleMap<ElementwiseKernel>;

function clip(context: TraceContext, tensor: Traced, low: number, high: number): Traced {
  const raised = context.elementwise('Max', [tensor, context.scalar(low)]);
  return context.elementwise('Min', [raised, context.scalar(high)]);
}

const largestFloat = 3.4028234663852886e38;

function negate(context: TraceContext, tensor: Traced): Traced {
  const { type } = tensor.value;
  if (context.has('Neg', type)) return context.elementwise('Neg', [tensor]);
  return context.elementwise('Sub', [context.scalar(0, type), tensor], type);
}

function magnitude(context: TraceContext, tensor: Traced): Traced {
  if (context.has('Abs', tensor.value.type)) return context.elementwise('Abs', [tensor]);
  return context.elementwise('Max', [tensor, negate(context, tensor)]);
}

/** 1, 0 or −1; where the device has no such operator, from two comparisons. */
function sign(context: TraceContext, tensor: Traced): Traced {
  const { type } = tensor.value;
  if (context.has('Sign', type)) return context.elementwise('Sign', [tensor]);
  const zero = context.scalar(0, type);
  const above = context.cast(context.elementwise('Greater', [tensor, zero], 'bool'), type);
  const below = context.cast(context.elementwise('Less', [tensor, zero], 'bool'), type);
  return context.elementwise('Sub', [above, below]);
}

/** To the nearest whole number, halves to the even one. */
function round(context: TraceContext, tensor: Traced): Traced {
  if (context.has('Round')) return context.elementwise('Round', [tensor]);
  const below = context.elementwise('Floor', [tensor]);
  const rest = context.elementwise('Sub', [tensor, below]);
  const half = context.scalar(0.5);
  const even = context.elementwise('Floor', [context.elementwise('Mul', [below, half])]);
  const isOdd = context.elementwise('Sub', [below, context.elementwise('Mul', [even, context.scalar(2)])]);
  const isOver = context.cast(context.elementwise('Greater', [rest, half], 'bool'), 'float32');
  const isHalf = context.elementwise('Equal', [rest, half], 'bool');
  const step = context.elementwise('Where', [isHalf, isOdd, isOver], 'float32');
  return context.elementwise('Add', [below, step]);
}

function equal(context: TraceContext, a: Traced, b: Traced): Traced {
  if (context.has('Equal', a.value.type)) return context.elementwise('Equal', [a, b], 'bool');
  return context.elementwise('Equal', [context.cast(a, 'int32'), context.cast(b, 'int32')], 'bool');
}

function either(context: TraceContext, a: Traced, b: Traced): Traced {
  if (context.has('Or', 'bool')) return context.elementwise('Or', [a, b], 'bool');
  const neither = [a, b].map((tensor) => context.elementwise('Not', [tensor]));
  return context.elementwise('Not', [context.elementwise('And', neither)]);
}
