// A program that exposes a head's logits, loss and gradients without dropout, so that they can be compared.
import * as tf from '@tensorflow/tfjs-core';
import type { Program } from '../../runtime/program.ts';
import { computeGradients } from '../../nn/gradients.ts';
import { noNoise } from '../../nn/noise.ts';
import { prefixSpecs, withoutPrefix, withPrefix } from '../../model/weightNames.ts';
import type { AttentiveHead, HeadShape } from './attentiveHead.ts';
import { crossEntropy } from './crossEntropy.ts';

/**
 * A head for tokens [B, N, D], without dropout. Inputs `tokens` and `labels` (one-hot, [B, C]), state `head/<weight>`; outputs `logits`, `loss`, `grad/<weight>`.
 */
export function inspectHeadProgram(
  head: AttentiveHead,
  shape: HeadShape,
  tokens: readonly number[],
): Program {
  const weights = head.weightSpecs(shape);
  const trainable = weights.filter((spec) => spec.shape.every((side) => side > 0));
  return {
    name: `head ${head.id}`,
    inputs: [
      { name: 'tokens', shape: tokens, type: 'float32' },
      { name: 'labels', shape: [tokens[0]!, shape.numClasses], type: 'float32' },
    ],
    state: prefixSpecs(weights, 'head/'),
    build: (inputs, state) => {
      const own = withoutPrefix(state, 'head/');
      const logits = head.computeLogits(inputs['tokens']!, own, shape, noNoise);
      const { loss, gradients } = computeGradients(trainable, own, (learning) =>
        crossEntropy(
          head.computeLogits(inputs['tokens']!, { ...own, ...learning }, shape, noNoise),
          inputs['labels']!,
        ),
      );
      return {
        state: {},
        outputs: { logits, loss: tf.reshape(loss, [1]), ...withPrefix(gradients, 'grad/') },
      };
    },
  };
}
