// What tfjs-node's kernels get in the bundles when they ask for `@tensorflow/tfjs` (scripts/build.mjs): the one tfjs-core
// that the rest of the engine uses. They were compiled for classes that are plain functions, so the one that they extend is.
import * as tf from '@tensorflow/tfjs-core';

export * from '@tensorflow/tfjs-core';

export function KernelBackend(): void {}
KernelBackend.prototype = tf.KernelBackend.prototype;
