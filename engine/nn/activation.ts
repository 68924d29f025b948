// Activations whose gradients are written out: the parts that tfjs would record one by one are recomputed instead.
import * as tf from '@tensorflow/tfjs-core';
import type { Tensor } from '@tensorflow/tfjs-core';

/** x · sigmoid(x), elementwise. Returns the shape of x, owned by the caller. */
export function silu(x: Tensor): Tensor {
  const apply = tf.customGrad((input, save) => {
    const source = input as Tensor;
    const gate = tf.sigmoid(source);
    const value = tf.mul(source, gate);
    (save as tf.GradSaveFunc)([value, gate]);
    return {
      value,
      gradFunc: (dy: Tensor, saved: Tensor[]) => tf.mul(dy, siluSlope(saved[0]!, saved[1]!)),
    };
  });
  return apply(x);
}

/** The slope of silu from its value and gate = sigmoid(x): gate + value · (1 − gate). */
function siluSlope(value: Tensor, gate: Tensor): Tensor {
  return tf.add(gate, tf.mul(value, tf.sub(1, gate)));
}

/**
 * silu(gateInput) · value, elementwise, both [..., F] (the two halves of SwiGLU). Returns [..., F], owned by the caller.
 */
export function swiGate(gateInput: Tensor, value: Tensor): Tensor {
  const apply = tf.customGrad((a, b, save) => {
    const [gateSource, valueSource] = [a as Tensor, b as Tensor];
    const gate = tf.sigmoid(gateSource);
    const activated = tf.mul(gateSource, gate);
    (save as tf.GradSaveFunc)([valueSource, gate, activated]);
    return {
      value: tf.mul(activated, valueSource),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [other, sigmoid, silued] = saved as [Tensor, Tensor, Tensor];
        return [tf.mul(tf.mul(dy, other), siluSlope(silued, sigmoid)), tf.mul(dy, silued)];
      },
    };
  });
  return apply(gateInput, value);
}

/** x · Φ(x), the exact Gaussian error linear unit. Returns the shape of x, owned by the caller. */
export function gelu(x: Tensor): Tensor {
  const apply = tf.customGrad((input, save) => {
    const source = input as Tensor;
    const cumulative = tf.mul(tf.add(tf.erf(tf.mul(source, Math.SQRT1_2)), 1), 0.5);
    (save as tf.GradSaveFunc)([source, cumulative]);
    return {
      value: tf.mul(source, cumulative),
      gradFunc: (dy: Tensor, saved: Tensor[]) => {
        const [point, phi] = saved as [Tensor, Tensor];
        const density = tf.mul(tf.exp(tf.mul(tf.mul(point, point), -0.5)), 1 / Math.sqrt(2 * Math.PI));
        return tf.mul(dy, tf.add(phi, tf.mul(point, density)));
      },
    };
  });
  return apply(x);
}
