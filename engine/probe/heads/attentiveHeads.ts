// The attentive heads by id, and what is done alike for all of them.
import { CounterRandom } from '../../random/counterRandom.ts';
import { countOf } from './attentiveHead.ts';
import type { AttentiveHead, HeadShape } from './attentiveHead.ts';
import { crossHead } from './crossHead.ts';
import { multiHeadHead } from './multiHeadHead.ts';
import { simpleHead } from './simpleHead.ts';

export const attentiveHeads: Readonly<Record<AttentiveHead['id'], AttentiveHead>> = {
  simple: simpleHead,
  multihead: multiHeadHead,
  cross: crossHead,
};

/** Initial weights of a head, drawn from (seed, head, weight). Same arguments, same values. */
export function sampleHeadWeights(
  head: AttentiveHead,
  shape: HeadShape,
  seed: number,
): Record<string, Float32Array> {
  const specs = head.weightSpecs(shape);
  const shapes = new Map(specs.map(({ name, shape: sides }) => [name, sides]));
  return Object.fromEntries(
    specs.map((spec) => {
      const layer = shapes.get(spec.name.replace(/\.bias$/, '.weight')) ?? spec.shape;
      const random = new CounterRandom(seed, 'initial', head.id, spec.name);
      return [spec.name, head.sampleWeight(spec, countOf(layer.slice(1)), random)];
    }),
  );
}
