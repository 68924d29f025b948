// A process of its own that loads TensorFlow and lets it compute: a product, a convolution and its filter's gradient. It
// prints one line of JSON, or ends with a reason on stderr; it may also crash, which is why it is a process.
// usage: tensorflowProbe.mjs PLACE (JSON)
import '@tensorflow/tfjs-core/dist/register_all_gradients.js';
import * as tf from '@tensorflow/tfjs-core';
import { EngineError, messageOf } from '../contract/errors.ts';
import { withBackend } from '../trace/traceProgram.ts';
import { loadTensorflow, tensorflowBackendName } from './tensorflowBackend.ts';
import type { TensorflowPlace } from './tensorflowPlace.ts';

/** Ones through a product and a 3×3 convolution of ones: every value is known. */
function compute(): number[] {
  const product = tf.matMul(tf.ones([8, 16]), tf.ones([16, 4])).sum();
  const image: tf.Tensor4D = tf.ones([1, 6, 6, 2]);
  const loss = (filter: tf.Tensor): tf.Scalar => tf.conv2d(image, filter as tf.Tensor4D, 1, 'valid').sum();
  const { value, grad } = tf.valueAndGrad(loss)(tf.ones([3, 3, 2, 1]));
  return [product, value, grad.sum()].flatMap((tensor) => [...tensor.dataSync()]);
}

const expected = [8 * 16 * 4, 4 * 4 * 9 * 2, 4 * 4 * 9 * 2];

try {
  const place = JSON.parse(process.argv[2] ?? '') as TensorflowPlace;
  const loaded = await loadTensorflow(place);
  const values = withBackend(tensorflowBackendName, () => tf.tidy(compute));
  if (values.some((value, index) => Math.abs(value - expected[index]!) > 1e-3)) {
    throw new EngineError(
      'executor.failed',
      `it computes ${values.join(', ')} where ${expected.join(', ')} is right`,
    );
  }
  process.stdout.write(`${JSON.stringify(loaded)}\n`);
} catch (error) {
  process.stderr.write(`\n${messageOf(error)}\n`);
  process.exitCode = 1;
}
