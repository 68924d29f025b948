// One picture of the sample: a specimen of the named species on a slide with everything else that
// lies there. Only the specimen's traits depend on the species.

import { addBubble, addFilament, addGrain, type Layer } from './debris.ts';
import { createField } from './field.ts';
import { drawSetting, takePicture } from './optics.ts';
import { layValve, poseFragment, poseSpecimen } from './placement.ts';
import { RandomStream, type Range } from './randomStream.ts';
import { sampleTraits, SPECIES, type Species } from './species.ts';
import { growValve } from './valve.ts';

export const IMAGE_WIDTH = 128;

/** Grid cells per pixel: striae need finer drawing than the picture that shows them. */
const OVERSAMPLING = 2;
const VALVE_AREA: Range = [3300, 4100];

function createLayer(): Layer {
  const size = IMAGE_WIDTH * OVERSAMPLING;
  return { relief: createField(size), stain: createField(size), cell: 1 / OVERSAMPLING };
}

function scatterDebris(near: Layer, far: Layer, random: RandomStream): void {
  const grains = random.whole(6);
  for (let i = 0; i < grains; i++) addGrain(near, random.fork(`grain${i}`), 3.4);
  const distant = random.whole(4);
  for (let i = 0; i < distant; i++) addGrain(far, random.fork(`distant${i}`), 8);
  const bubbles = random.chance(0.2) ? 1 + random.whole(2) : 0;
  for (let i = 0; i < bubbles; i++) addBubble(near, random.fork(`bubble${i}`));
  if (random.chance(0.15)) addFilament(random.chance(0.5) ? near : far, random.fork('filament'));
}

/** Pieces of other valves, each of a species drawn evenly from all six. */
function scatterFragments(near: Layer, far: Layer, random: RandomStream): void {
  const fragments = random.chance(0.3) ? 1 + random.whole(2) : 0;
  for (let i = 0; i < fragments; i++) {
    const own = random.fork(`fragment${i}`);
    const species = SPECIES[own.whole(SPECIES.length)]!;
    const valve = growValve(sampleTraits(species, own.fork('traits')), own.between(VALVE_AREA), own);
    layValve(own.chance(0.7) ? near : far, valve, poseFragment(valve, own.fork('pose')));
  }
}

/** RGB bytes of image `index` of a species; the same arguments give the same bytes anywhere. */
export function drawScene(species: Species, index: number, seed: number): Uint8Array {
  const random = new RandomStream(seed).fork(`${species.name}/${index}`);
  const near = createLayer();
  const far = createLayer();
  scatterDebris(near, far, random.fork('debris'));
  scatterFragments(near, far, random.fork('fragments'));
  const own = random.fork('specimen');
  const valve = growValve(sampleTraits(species, own.fork('traits')), own.between(VALVE_AREA), own);
  layValve(near, valve, poseSpecimen(valve, own.fork('pose')));
  const setting = drawSetting(random.fork('setting'));
  return takePicture(near, far, setting, random.fork('grain'), IMAGE_WIDTH);
}
