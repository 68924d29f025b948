// Matrix products. Transposed operands cost nothing where the device has FusedMatMul. (Gemm transposes as well, but
// onnxruntime's WebGPU kernel for it takes five times as long as a Transpose and a MatMul.)
import { broadcast_util, type BatchMatMulAttrs } from '@tensorflow/tfjs-core';
import { isIdentity } from '../permutation.ts';
import { logicalShape, type TraceContext, type Traced } from '../traceContext.ts';
import type { Value } from '../graph.ts';
import { reduce } from './reduction.ts';
import { attributesOf, input, type RuleMap } from './rule.ts';

export const matmulRules = {
  BatchMatMul: (context, call) => {
    const { transposeA, transposeB } = attributesOf<BatchMatMulAttrs>(call);
    return multiply(context, input(call, 'a'), input(call, 'b'), { transposeA, transposeB });
  },
} satisfies RuleMap<'BatchMatMul'>;

export interface ProductOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

/** The product of the last two axes (exchanged first where asked), the others broadcast. */
export function multiply(
  context: TraceContext,
  a: Traced,
  b: Traced,
  { transposeA = false, transposeB = false }: ProductOptions = {},
): Traced {
  const shapeA = logicalShape(swapped(a, transposeA));
  const shapeB = logicalShape(swapped(b, transposeB));
  const batch = broadcast_util.assertAndGetBroadcastShape(shapeA.slice(0, -2), shapeB.slice(0, -2));
  const [rows, inner, columns] = [shapeA.at(-2)!, shapeA.at(-1)!, shapeB.at(-1)!];
  const pieces = shapeA.length === 2 && shapeB.length === 2 ? countPieces(context, rows, inner, columns) : 1;
  if (pieces > 1) {
    const cut = (tensor: Traced, innerFirst: boolean) => cutInner(context, tensor, innerFirst, pieces);
    const parts = multiply(context, cut(a, transposeA), cut(b, !transposeB), { transposeA, transposeB });
    return reduce(context, 'ReduceSum', parts, [0], false);
  }
  const result = { shape: [...batch, rows, columns], type: 'float32' as const };
  const left = operand(context, a, transposeA);
  const right = operand(context, b, transposeB);
  if (!left.transposed && !right.transposed) {
    return context.op('MatMul', [left.value, right.value], result);
  }
  return context.op('FusedMatMul', [left.value, right.value], result, {
    transA: left.transposed ? 1 : 0,
    transB: right.transposed ? 1 : 0,
  });
}

/** Shorter sums than this are not worth the operations that cutting and adding take (decision 062). */
const shortestPiece = 4096;

/** Into how many equal pieces the sums of a product are cut, so that the device is not idle for want of results. */
function countPieces({ provider }: TraceContext, rows: number, inner: number, columns: number): number {
  const most = Math.min((provider.resultsAtOnce ?? 0) / (rows * columns), inner / shortestPiece);
  let pieces = Math.floor(most);
  while (pieces > 1 && inner % pieces !== 0) pieces--;
  return Math.max(1, pieces);
}

/** A factor [n, inner] → [pieces, n, inner / pieces]; where inner comes first, [inner, n] → [pieces, inner / pieces, n]. */
function cutInner(context: TraceContext, tensor: Traced, innerFirst: boolean, pieces: number): Traced {
  const [first, last] = logicalShape(tensor) as [number, number];
  if (innerFirst) return context.reshape(tensor, [pieces, first / pieces, last]);
  return context.transpose(context.reshape(tensor, [first, pieces, last / pieces]), [1, 0, 2]);
}

/**
 * A tensor as a factor: in plain order, or with its last two axes exchanged in storage. What must be moved is moved to the
 * order the program wrote it in, where rows stay whole and other uses of the tensor can share the copy.
 */
function operand(
  context: TraceContext,
  tensor: Traced,
  transpose: boolean,
): { readonly value: Value; readonly transposed: boolean } {
  const factor = swapped(tensor, transpose);
  if (isIdentity(factor.permutation) || !context.has('FusedMatMul')) {
    return { value: context.plain(factor), transposed: false };
  }
  const exchanged = swapped(factor, true);
  if (isIdentity(exchanged.permutation)) return { value: exchanged.value, transposed: true };
  return { value: context.plain(tensor), transposed: transpose };
}

function swapped(tensor: Traced, swap: boolean): Traced {
  if (!swap) return tensor;
  const places = [...tensor.permutation];
  const rank = places.length;
  [places[rank - 2], places[rank - 1]] = [places[rank - 1]!, places[rank - 2]!];
  return { value: tensor.value, permutation: places };
}
