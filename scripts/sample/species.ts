// The six species, each a table of trait ranges. Size, pose, breakage and everything around the
// valve live in scene.ts and know nothing of the species.

import type { RandomStream, Range } from './randomStream.ts';

/** Lengths are in pixels of the 128-pixel image; fractions are of the valve's half-width. */
const TRAITS = [
  'aspect', // length over width
  'bluntness', // 0 acute poles, 1 elliptic
  'linearity', // 0 lanceolate, 1 parallel sides
  'neck', // constriction behind the poles
  'clavateness', // difference between head pole and foot pole
  'dorsiventrality', // difference between the two sides
  'striaePeriod', // pixels from stria to stria
  'leanCentre', // slope of the striae at the centre: above 0 radiate
  'leanPole', // the same at the poles: below 0 convergent
  'striaeDepth',
  'punctation', // how far the striae break up into areolae
  'axialWidth', // fraction free of striae along the raphe
  'centralLength', // pixels free of striae at the centre, along the axis
  'centralReach', // fraction of the half-width that the central area reaches
  'raphe', // 1 present, 0 absent
  'rapheShift', // displacement of the raphe towards the ventral side
  'canal', // 1 a keel with fibulae along one margin
  'marginalLine', // a longitudinal line beside each margin
  'stigma', // an isolated pore beside the centre
] as const;

export type TraitName = (typeof TRAITS)[number];
export type Traits = Readonly<Record<TraitName, number>>;
type TraitRanges = Readonly<Record<TraitName, Range>>;

export interface Species {
  readonly name: string;
  readonly traits: TraitRanges;
}

const ABSENT: Range = [0, 0];
const PRESENT: Range = [1, 1];

const NAVICULA: TraitRanges = {
  aspect: [2, 2.5],
  bluntness: [0.1, 0.4],
  linearity: [0, 0.1],
  neck: [0, 0.2],
  clavateness: [0, 0.06],
  dorsiventrality: [0, 0.06],
  striaePeriod: [8, 9.2],
  leanCentre: [0.35, 0.6],
  leanPole: [-0.2, 0.15],
  striaeDepth: [0.8, 1.2],
  punctation: [0, 0.5],
  axialWidth: [0.08, 0.15],
  centralLength: [4, 8],
  centralReach: [0.25, 0.45],
  raphe: PRESENT,
  rapheShift: [-0.05, 0.05],
  canal: ABSENT,
  marginalLine: ABSENT,
  stigma: ABSENT,
};

const NITZSCHIA: TraitRanges = {
  ...NAVICULA,
  leanCentre: [-0.06, 0.06],
  leanPole: [-0.06, 0.06],
  axialWidth: ABSENT,
  centralLength: ABSENT,
  centralReach: ABSENT,
  raphe: ABSENT,
  canal: PRESENT,
  striaePeriod: [5.8, 6.8],
};

const PINNULARIA: TraitRanges = {
  ...NAVICULA,
  aspect: [2.3, 2.8],
  bluntness: [0.5, 0.9],
  linearity: [0.6, 0.95],
  striaePeriod: [11.5, 13.5],
  leanCentre: [0.35, 0.65],
  leanPole: [-0.65, -0.3],
  punctation: ABSENT,
  axialWidth: [0.18, 0.3],
  centralLength: [8, 14],
  centralReach: [0.4, 0.7],
};

const CALONEIS: TraitRanges = {
  ...PINNULARIA,
  striaePeriod: [6, 7],
  leanCentre: [0, 0.25],
  leanPole: [-0.25, 0.05],
  centralReach: [0.6, 1.2],
  marginalLine: PRESENT,
};

const GOMPHONEMA: TraitRanges = {
  ...NAVICULA,
  bluntness: [0.2, 0.5],
  clavateness: [0.36, 0.56],
  striaePeriod: [8, 9.5],
  punctation: [0.3, 0.9],
  stigma: PRESENT,
};

const CYMBELLA: TraitRanges = {
  ...GOMPHONEMA,
  clavateness: [0, 0.06],
  dorsiventrality: [0.42, 0.66],
  rapheShift: [0.1, 0.25],
  stigma: ABSENT,
};

export const SPECIES: readonly Species[] = [
  { name: 'caloneis', traits: CALONEIS },
  { name: 'cymbella', traits: CYMBELLA },
  { name: 'gomphonema', traits: GOMPHONEMA },
  { name: 'navicula', traits: NAVICULA },
  { name: 'nitzschia', traits: NITZSCHIA },
  { name: 'pinnularia', traits: PINNULARIA },
];

/** One individual: each trait drawn evenly from its species' range. */
export function sampleTraits(species: Species, random: RandomStream): Traits {
  const drawn = TRAITS.map((name) => [name, random.fork(name).between(species.traits[name])]);
  return Object.fromEntries(drawn) as Record<TraitName, number>;
}
