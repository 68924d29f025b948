// Matrix products. Transposed operands cost nothing where the device has FusedMatMul.
import { broadcast_util, type BatchMatMulAttrs } from '@tensorflow/tfjs-core';
import { isIdentity } from '../permutation.ts';
import { logicalShape, type TraceContext, type Traced } from '../traceContext.ts';
import type { Value } from '../graph.ts';
import { attributesOf, input, type RuleMap } from './rule.ts';

export const matmulRules = {
  BatchMatMul: (context, call) => {
    const { transposeA, transposeB } = attributesOf<BatchMatMulAttrs>(call);
    const a = swapped(input(call, 'a'), transposeA);
    const b = swapped(input(call, 'b'), transposeB);
    return multiply(context, a, b);
  },
} satisfies RuleMap<'BatchMatMul'>;

/** The product of the last two axes, the others broadcast. */
export function multiply(context: TraceContext, a: Traced, b: Traced): Traced {
  const shapeA = logicalShape(a);
  const shapeB = logicalShape(b);
  const batch = broadcast_util.assertAndGetBroadcastShape(shapeA.slice(0, -2), shapeB.slice(0, -2));
  const shape = [...batch, shapeA.at(-2)!, shapeB.at(-1)!];
  const left = operand(context, a);
  const right = operand(context, b);
  const result = { shape, type: 'float32' as const };
  if (!left.transposed && !right.transposed) {
    return context.op('MatMul', [left.value, right.value], result);
  }
  if (!context.has('FusedMatMul')) return context.op('MatMul', [context.plain(a), context.plain(b)], result);
  return context.op('FusedMatMul', [left.value, right.value], result, {
    transA: left.transposed ? 1 : 0,
    transB: right.transposed ? 1 : 0,
  });
}

/** A tensor as a factor: in plain order, or with its last two axes exchanged in storage. */
function operand(
  context: TraceContext,
  tensor: Traced,
): { readonly value: Value; readonly transposed: boolean } {
  const exchanged = swapped(tensor, true);
  if (!isIdentity(tensor.permutation) && isIdentity(exchanged.permutation)) {
    return { value: tensor.value, transposed: true };
  }
  return { value: context.plain(tensor), transposed: false };
}

function swapped(tensor: Traced, swap: boolean): Traced {
  if (!swap) return tensor;
  const places = [...tensor.permutation];
  const rank = places.length;
  [places[rank - 2], places[rank - 1]] = [places[rank - 1]!, places[rank - 2]!];
  return { value: tensor.value, permutation: places };
}
