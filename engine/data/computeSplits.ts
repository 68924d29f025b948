// Decides which images are learned from, chosen on and measured on. Groups stay whole; classes keep their shares.
import {
  splitNames,
  type ImageRecord,
  type SplitAssignment,
  type SplitMethod,
  type SplitName,
} from '../contract/dataset.ts';
import { EngineError } from '../contract/errors.ts';
import { CounterRandom } from '../random/counterRandom.ts';
import { createDisjointSets } from './disjointSets.ts';
import { compareBytes } from './sourceListing.ts';

export type SplitImage = Pick<ImageRecord, 'label' | 'group' | 'givenSplit'>;

export interface SplitOptions {
  /** Shares of train, validation and test; any positive scale. */
  readonly ratios: Readonly<Record<SplitName, number>>;
  readonly seed: number;
  /** Whether splits that the source gave are kept (a missing validation split is taken from train). */
  readonly keepGiven: boolean;
  /**
   * For each image the set of images that must stay with it: a DuplicateReport's exactCluster (recommended) or
   * nearCluster. Without it only groups stay together.
   */
  readonly together?: Int32Array;
}

/** 70 % to learn from, 15 % to choose on, 15 % to measure on. */
export const defaultRatios: Readonly<Record<SplitName, number>> = { train: 70, validation: 15, test: 15 };

/** Images that must land in one split. */
interface Unit {
  readonly members: readonly number[];
  /** Class numbers with the images of that class among them; classes without any are left out, for there may be thousands. */
  readonly classCounts: readonly (readonly [number, number])[];
  readonly labelled: number;
}

interface Groups {
  /** Lowest member of each image's group. */
  readonly groupOf: Int32Array;
  /** Groups that someone named or asked for, as opposed to images on their own. */
  readonly namedGroups: ReadonlySet<number>;
}

function joinGroups(images: readonly SplitImage[], together: Int32Array | undefined): Groups {
  const joined = createDisjointSets(images.length);
  const firstOfGroup = new Map<string, number>();
  const named: number[] = [];
  images.forEach(({ group }, index) => {
    if (group !== null) {
      const first = firstOfGroup.get(group);
      if (first === undefined) firstOfGroup.set(group, index);
      else joined.join(first, index);
      named.push(index);
    }
    if (together && together[index] !== index) {
      joined.join(together[index]!, index);
      named.push(index);
    }
  });
  const groupOf = joined.lowest();
  return { groupOf, namedGroups: new Set(named.map((index) => groupOf[index]!)) };
}

function buildUnits(
  images: readonly SplitImage[],
  members: readonly number[],
  groupOf: Int32Array,
  classNumbers: ReadonlyMap<string, number>,
): Unit[] {
  const byGroup = new Map<number, number[]>();
  for (const index of members) {
    const known = byGroup.get(groupOf[index]!);
    if (known) known.push(index);
    else byGroup.set(groupOf[index]!, [index]);
  }
  return [...byGroup.values()].map((unitMembers) => {
    const counts = new Map<number, number>();
    for (const index of unitMembers) {
      const { label } = images[index]!;
      if (label === null) continue;
      const classNumber = classNumbers.get(label)!;
      counts.set(classNumber, (counts.get(classNumber) ?? 0) + 1);
    }
    const classCounts = [...counts];
    return {
      members: unitMembers,
      classCounts,
      labelled: classCounts.reduce((sum, [, count]) => sum + count, 0),
    };
  });
}

/**
 * How many images of a class each split is to get: its share, rounded by largest remainder; of two or three images the
 * first goes to train, the second to the last split asked for (test), the third to the one between.
 */
function classTargets(
  count: number,
  wanted: readonly SplitName[],
  ratios: Readonly<Record<SplitName, number>>,
): number[] {
  const total = wanted.reduce((sum, split) => sum + ratios[split], 0);
  const exact = wanted.map((split) => (count * ratios[split]) / total);
  const targets = exact.map(Math.floor);
  const priority = (place: number) => (place === 0 ? 0 : wanted.length - place);
  const byRemainder = [...wanted.keys()].sort(
    (a, b) => exact[b]! - targets[b]! - (exact[a]! - targets[a]!) || priority(a) - priority(b),
  );
  for (let left = count - targets.reduce((sum, n) => sum + n, 0), turn = 0; left > 0; left--, turn++) {
    targets[byRemainder[turn % wanted.length]!]! += 1;
  }
  // Every split gets an image of the class while there are enough, train first.
  const byPriority = [...wanted.keys()].sort((a, b) => priority(a) - priority(b)).slice(0, count);
  for (const place of byPriority) {
    if (targets[place]! > 0) continue;
    const richest = targets.indexOf(Math.max(...targets));
    if (targets[richest]! <= 1 && byPriority.includes(richest)) continue;
    targets[richest]! -= 1;
    targets[place]! += 1;
  }
  return targets;
}

/** Deals units out: large ones first, in random order among equals, each to the split that then lacks least. */
function dealUnits(
  units: readonly Unit[],
  wanted: readonly SplitName[],
  ratios: Readonly<Record<SplitName, number>>,
  random: CounterRandom,
): Map<Unit, SplitName> {
  const totals = new Map<number, number>();
  for (const [classNumber, count] of units.flatMap((unit) => unit.classCounts)) {
    totals.set(classNumber, (totals.get(classNumber) ?? 0) + count);
  }
  const lacking = wanted.map(() => new Map<number, number>());
  for (const [classNumber, count] of totals) {
    classTargets(count, wanted, ratios).forEach((target, place) => lacking[place]!.set(classNumber, target));
  }
  const order = random.nextPermutation(units.length);
  const bySize = [...order].sort((a, b) => units[b]!.labelled - units[a]!.labelled);
  const dealt = new Map<Unit, SplitName>();
  for (const place of bySize) {
    const unit = units[place]!;
    const cost = (split: number) =>
      unit.classCounts.reduce(
        (sum, [classNumber, count]) => sum + count * (count - 2 * lacking[split]!.get(classNumber)!),
        0,
      );
    let best = 0;
    if (unit.labelled > 0)
      for (let split = 1; split < wanted.length; split++) if (cost(split) < cost(best)) best = split;
    for (const [classNumber, count] of unit.classCounts) {
      lacking[best]!.set(classNumber, lacking[best]!.get(classNumber)! - count);
    }
    dealt.set(unit, wanted[best]!);
  }
  return dealt;
}

/** What is to be dealt out, and among which splits. */
interface Plan {
  readonly method: SplitMethod;
  readonly pool: readonly number[];
  readonly wanted: readonly SplitName[];
}

function planSplits(images: readonly SplitImage[], options: SplitOptions): Plan {
  const all = [...images.keys()];
  const asked = splitNames.filter((split) => options.ratios[split] > 0);
  if (images.every((image) => image.label === null)) {
    const isGiven = options.keepGiven && images.some((image) => image.givenSplit !== null);
    if (!isGiven) return { method: 'allTrain', pool: all, wanted: ['train'] };
  }
  const given = new Set(options.keepGiven ? images.map((image) => image.givenSplit) : []);
  if (!given.has('test') && !given.has('validation')) return { method: 'drawn', pool: all, wanted: asked };
  // What the source calls test (or validation) stays; the rest is train and whatever split is missing.
  const pool = all.filter(
    (index) => images[index]!.givenSplit === null || images[index]!.givenSplit === 'train',
  );
  const missing = asked.filter((split) => split === 'train' || !given.has(split));
  const isComplete = missing.length === 1;
  return { method: isComplete ? 'given' : 'givenPartly', pool, wanted: isComplete ? ['train'] : missing };
}

function assertPossible(units: readonly Unit[], plan: Plan, options: SplitOptions): void {
  const { train, validation, test } = options.ratios;
  if (![train, validation, test].every((ratio) => Number.isFinite(ratio) && ratio >= 0) || train <= 0) {
    throw new EngineError(
      'split.impossible',
      `the shares of train, validation and test must not be negative, and train needs some; got ${train}, ${validation}, ${test}`,
      { details: { ratios: options.ratios } },
    );
  }
  const labelled = units.filter((unit) => unit.labelled > 0).length;
  if (labelled === 0 || labelled >= plan.wanted.length) return;
  const groups = labelled === 1 ? 'one group' : `${labelled} groups`;
  throw new EngineError(
    'split.impossible',
    `${plan.wanted.join(', ')} need at least ${plan.wanted.length} groups of labelled images, and there is only ${groups}. Import more patients or animals, leave out the group column, or keep fewer splits.`,
    { details: { groups: labelled, splits: plan.wanted } },
  );
}

type PerSplit<T> = Record<SplitName, T>;
const perSplit = <T>(make: (split: SplitName) => T): PerSplit<T> => ({
  train: make('train'),
  validation: make('validation'),
  test: make('test'),
});

function describe(
  images: readonly SplitImage[],
  splits: readonly SplitName[],
  classes: readonly string[],
  groups: Groups,
): Omit<SplitAssignment, 'method' | 'seed' | 'warnings'> {
  const classNumbers = new Map(classes.map((label, index) => [label, index]));
  const counts = perSplit(() => 0);
  const classCounts = perSplit(() => classes.map(() => 0));
  splits.forEach((split, index) => {
    const { label } = images[index]!;
    counts[split] += 1;
    if (label !== null) classCounts[split][classNumbers.get(label)!]! += 1;
  });
  const missingClasses = perSplit((split) =>
    counts[split] === 0 ? [] : classes.filter((_, index) => classCounts[split][index] === 0),
  );
  const splitsOfGroup = new Map<number, Set<SplitName>>();
  splits.forEach((split, index) => {
    const group = groups.groupOf[index]!;
    if (!groups.namedGroups.has(group)) return;
    splitsOfGroup.set(group, (splitsOfGroup.get(group) ?? new Set()).add(split));
  });
  const sharedGroupCount = [...splitsOfGroup.values()].filter((found) => found.size > 1).length;
  return {
    splits,
    counts,
    classes,
    classCounts,
    missingClasses,
    groupCount: splitsOfGroup.size,
    sharedGroupCount,
  };
}

function warningsFor(
  result: Omit<SplitAssignment, 'method' | 'seed' | 'warnings'>,
  method: SplitMethod,
): string[] {
  const warnings: string[] = [];
  for (const split of splitNames) {
    const missing = result.missingClasses[split];
    if (missing.length === 0) continue;
    const named = missing.slice(0, 5).join(', ') + (missing.length > 5 ? '…' : '');
    warnings.push(
      `No image of ${named} in ${split}: nothing can be said about ${missing.length === 1 ? 'it' : 'them'} there.`,
    );
  }
  if (result.sharedGroupCount > 0) {
    warnings.push(
      `${result.sharedGroupCount} of ${result.groupCount} groups are in more than one split${method === 'drawn' ? '' : ', as the source gave them'}: accuracies are partly memory.`,
    );
  }
  return warnings;
}

/**
 * Assigns every image to a split. Given splits are kept if asked for; a validation (or test) split that the source lacks
 * is taken from train, by seed; otherwise all splits are drawn by seed. Drawing keeps each class's shares as well as
 * groups allow and never divides a group. Images without a class go to train with the group they belong to; a set without
 * any class goes to train entirely.
 * Throws split.impossible (no or negative shares; fewer groups than splits), dataset.empty.
 */
export function computeSplits(images: readonly SplitImage[], options: SplitOptions): SplitAssignment {
  if (images.length === 0) throw new EngineError('dataset.empty', 'there is no image to split');
  const labels = new Set(images.map((image) => image.label).filter((label) => label !== null));
  const classes = [...labels].sort(compareBytes);
  const classNumbers = new Map(classes.map((label, index) => [label, index]));
  const groups = joinGroups(images, options.together);
  const plan = planSplits(images, options);
  const units = buildUnits(images, plan.pool, groups.groupOf, classNumbers);
  assertPossible(units, plan, options);
  const splits = images.map((image): SplitName => image.givenSplit ?? 'train');
  // A group that the source has already put into another split cannot be dealt out: its rest stays in train.
  const isPooled = new Set(plan.pool);
  const taken = new Set(
    [...images.keys()].filter((index) => !isPooled.has(index)).map((index) => groups.groupOf[index]),
  );
  const free = units.filter((unit) => !taken.has(groups.groupOf[unit.members[0]!]));
  for (const index of plan.pool) splits[index] = 'train';
  const dealt = dealUnits(free, plan.wanted, options.ratios, new CounterRandom(options.seed, 'splits'));
  for (const [unit, split] of dealt) for (const index of unit.members) splits[index] = split;
  const result = describe(images, splits, classes, groups);
  return { method: plan.method, seed: options.seed, ...result, warnings: warningsFor(result, plan.method) };
}
