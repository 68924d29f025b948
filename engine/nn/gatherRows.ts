// Row gathers whose gradient is again a gather: no scatter, no accumulation.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core';

/**
 * Rows of a table by index. x: [R, D]; rows: int32 [Q], each 0 … R − 1 and used at most once. `inverse`: int32 [R], the
 * place in the result of each row of x, or Q where it is not used. Returns [Q, D], owned by the caller.
 */
export function gatherDistinctRows(x: Tensor, rows: Tensor, inverse: Tensor): Tensor2D {
  const gather = tf.customGrad((table) => {
    const value = tf.gather(table as Tensor2D, rows as Tensor1D);
    const gradFunc = (dy: Tensor): Tensor => {
      const width = dy.shape[1]!;
      const withZero = tf.concat([dy, tf.zeros([1, width])], 0);
      return tf.gather(withZero, inverse as Tensor1D);
    };
    return { value, gradFunc };
  });
  return gather(x) as Tensor2D;
}

/**
 * Lays out a sequence in which each token is either one of `tokens` or the one `filler` token.
 * tokens: [R, D]; filler: [1, D]; source: int32 [Q], for each place the row of `tokens`, or R for the filler (each row is
 * used exactly once); tokenPlaces: int32 [R], where each row went; fillerPlaces: int32 [Q − R], where the filler went.
 * Returns [Q, D], owned by the caller.
 */
export function placeRows(
  tokens: Tensor,
  filler: Tensor,
  { source, tokenPlaces, fillerPlaces }: RowPlacement,
): Tensor2D {
  const place = tf.customGrad((rows, fill) => {
    const table = tf.concat([rows as Tensor2D, fill as Tensor2D], 0);
    const value = tf.gather(table, source as Tensor1D);
    const gradFunc = (dy: Tensor): Tensor[] => [
      tf.gather(dy, tokenPlaces as Tensor1D),
      tf.sum(tf.gather(dy, fillerPlaces as Tensor1D), 0, true),
    ];
    return { value, gradFunc };
  });
  return place(tokens, filler) as Tensor2D;
}

/** Index tensors (int32) of placeRows. */
export interface RowPlacement {
  readonly source: Tensor;
  readonly tokenPlaces: Tensor;
  readonly fillerPlaces: Tensor;
}
