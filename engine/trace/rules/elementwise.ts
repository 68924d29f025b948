// Kernels that work element by element, with broadcasting.
import type { CastAttrs, ClipByValueAttrs, LeakyReluAttrs, StepAttrs } from '@tensorflow/tfjs-core';
import type { ValueType } from '../graph.ts';
import type { TraceContext, Traced } from '../traceContext.ts';
import { attributesOf, input, valueType, type Rule, type RuleMap } from './rule.ts';

const binary =
  (op: string, type?: ValueType): Rule =>
  (context, call) =>
    context.elementwise(op, [input(call, 'a'), input(call, 'b')], type);

const unary =
  (op: string): Rule =>
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

  Neg: unary('Neg'),
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
  Abs: unary('Abs'),
  Sign: unary('Sign'),
  Reciprocal: unary('Reciprocal'),
  Floor: unary('Floor'),
  Ceil: unary('Ceil'),
  Round: unary('Round'),
  Sin: unary('Sin'),
  Cos: unary('Cos'),
  ClipByValue: (context, call) => {
    const { clipValueMin, clipValueMax } = attributesOf<ClipByValueAttrs>(call);
    return clip(context, input(call, 'x'), clipValueMin, clipValueMax);
  },

  Equal: binary('Equal', 'bool'),
  NotEqual: (context, call) =>
    context.elementwise('Not', [context.elementwise('Equal', [input(call, 'a'), input(call, 'b')], 'bool')]),
  Greater: binary('Greater', 'bool'),
  GreaterEqual: binary('GreaterOrEqual', 'bool'),
  Less: binary('Less', 'bool'),
  LessEqual: binary('LessOrEqual', 'bool'),
  LogicalAnd: binary('And', 'bool'),
  LogicalOr: binary('Or', 'bool'),
  LogicalNot: unary('Not'),
  IsNan: (context, call) => context.elementwise('IsNaN', [input(call, 'x')], 'bool'),
  IsInf: (context, call) => context.elementwise('IsInf', [input(call, 'x')], 'bool'),
  IsFinite: (context, call) => {
    const largest = context.scalar(3.4028234663852886e38);
    const magnitude = context.elementwise('Abs', [input(call, 'x')]);
    return context.elementwise('LessOrEqual', [magnitude, largest], 'bool');
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
