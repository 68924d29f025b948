// The classes of a dataset as bars: images of each in each part. Pure.
import type { DatasetDetails, SplitPlan } from '../../../engine/contract/answers.ts';
import type { SplitName } from '../../../engine/contract/dataset.ts';

export type ClassOrder = 'name' | 'size';

export interface ClassBar {
  /** Null stands for images without a class. */
  readonly name: string | null;
  readonly images: number;
  /** Null where there is no split. */
  readonly counts: Readonly<Record<SplitName, number>> | null;
}

const collator = new Intl.Collator('en', { numeric: true });

type Parts = Pick<SplitPlan, 'classes' | 'classCounts'>;

/** By name as people read numbers in names, or largest first; images without a class come last. */
export function listClassBars(
  details: Pick<DatasetDetails, 'classes' | 'imageCount' | 'labelledCount'>,
  split: Parts | null,
  order: ClassOrder = 'name',
  search = '',
): ClassBar[] {
  const places = new Map((split?.classes ?? []).map((name, place) => [name, place]));
  const countsOf = (name: string) => {
    const place = places.get(name);
    if (split === null || place === undefined) return null;
    const { train, validation, test } = split.classCounts;
    return { train: train[place]!, validation: validation[place]!, test: test[place]! };
  };
  const wanted = search.trim().toLowerCase();
  const bars: ClassBar[] = details.classes
    .filter(({ name }) => name.toLowerCase().includes(wanted))
    .toSorted((a, b) => (order === 'size' ? b.images - a.images : 0) || collator.compare(a.name, b.name))
    .map(({ name, images }) => ({ name, images, counts: countsOf(name) }));
  const unlabelled = details.imageCount - details.labelledCount;
  if (unlabelled > 0 && wanted === '') bars.push({ name: null, images: unlabelled, counts: null });
  return bars;
}
