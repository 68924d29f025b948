// Which images that are measured on have a twin among those that are learned from or chosen on.
import type { DuplicateReport, ImageRecord, Leak, SplitName } from '../contract/dataset.ts';

type Labelled = Pick<ImageRecord, 'label'>;

/** Splits that must not hold a twin of an image of this split. */
const earlierSplits: Readonly<Record<SplitName, readonly SplitName[]>> = {
  train: [],
  validation: ['train'],
  test: ['train', 'validation'],
};

interface Twin {
  readonly index: number;
  readonly hashDistance: number;
  readonly correlation: number;
}

/** For each image, the images (first of each identical set) that look like the first of its own set. */
function listNeighbours(report: DuplicateReport): Map<number, Twin[]> {
  const neighbours = new Map<number, Twin[]>();
  const add = (from: number, twin: Twin) => {
    const known = neighbours.get(from);
    if (known) known.push(twin);
    else neighbours.set(from, [twin]);
  };
  for (const { first, second, hashDistance, correlation } of report.nearPairs) {
    add(first, { index: second, hashDistance, correlation });
    add(second, { index: first, hashDistance, correlation });
  }
  for (const twins of neighbours.values()) {
    twins.sort((a, b) => b.correlation - a.correlation || a.index - b.index);
  }
  return neighbours;
}

/** First image of each split in each set of identical images, by the set's lowest member. */
function indexSets(
  report: DuplicateReport,
  splits: readonly SplitName[],
): Map<number, Partial<Record<SplitName, number>>> {
  const firstOf = new Map<number, Partial<Record<SplitName, number>>>();
  splits.forEach((split, index) => {
    const set = report.exactCluster[index]!;
    const known = firstOf.get(set) ?? {};
    known[split] ??= index;
    firstOf.set(set, known);
  });
  return firstOf;
}

/**
 * Lists leaks: for every test and validation image and every split before its own, the closest twin there (identical
 * before alike, then by correlation). Order of the images, training twins first.
 */
export function findLeaks(
  images: readonly Labelled[],
  splits: readonly SplitName[],
  report: DuplicateReport,
): Leak[] {
  const neighbours = listNeighbours(report);
  const firstOf = indexSets(report, splits);
  const leaks: Leak[] = [];
  splits.forEach((imageSplit, image) => {
    const set = report.exactCluster[image]!;
    for (const twinSplit of earlierSplits[imageSplit]) {
      const identical = firstOf.get(set)?.[twinSplit];
      const alike = (neighbours.get(set) ?? []).find(
        (twin) => firstOf.get(twin.index)?.[twinSplit] !== undefined,
      );
      const twin = identical ?? (alike && firstOf.get(alike.index)?.[twinSplit]);
      if (twin === undefined) continue;
      const isExact = identical !== undefined;
      leaks.push({
        image,
        imageSplit,
        twin,
        twinSplit,
        kind: isExact ? 'exact' : 'near',
        hashDistance: isExact ? 0 : (alike?.hashDistance ?? 0),
        correlation: isExact ? 1 : (alike?.correlation ?? 1),
        sameLabel: images[image]!.label === images[twin]!.label,
      });
    }
  });
  return leaks;
}
