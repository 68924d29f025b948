// Which images that are measured on have a twin in another part of their split. Looks only at images that have a twin at
// all: of 50,000 these are few.
import type { NamedLeak } from '../contract/answers.ts';
import type { SplitName } from '../contract/dataset.ts';
import { joinClusters } from '../data/findDuplicates.ts';
import { findLeaks } from '../data/findLeaks.ts';
import type { Database } from '../project/database.ts';
import { listNamedImages } from '../project/queries/imageTraits.ts';
import type { LookAlikes } from '../project/queries/lookAlikes.ts';

/** Leaks with names, in the order of the images; `partOf` tells each image's part by its number. */
export function listNamedLeaks(
  database: Database,
  { exactSets, nearPairs }: LookAlikes,
  partOf: (imageId: number) => SplitName,
): NamedLeak[] {
  const twins = new Set(exactSets.flat());
  for (const { first, second } of nearPairs) twins.add(first).add(second);
  const images = listNamedImages(database, [...twins]);
  const places = new Map(images.map(({ id }, place) => [id, place]));
  const placeOf = (id: number) => places.get(id)!;
  const sets = exactSets.map((set) => set.map(placeOf));
  const pairs = nearPairs.map(({ first, second, ...rest }) => {
    return { first: placeOf(first), second: placeOf(second), kind: 'near' as const, ...rest };
  });
  const report = { exactSets: sets, nearPairs: pairs, ...joinClusters(images.length, sets, pairs) };
  const parts = images.map(({ id }) => partOf(id));
  return findLeaks(images, parts, report).map((leak) => {
    const [image, twin] = [images[leak.image]!, images[leak.twin]!];
    return {
      ...leak,
      image: image.relativePath,
      twin: twin.relativePath,
      imageId: image.id,
      twinId: twin.id,
      imageLabel: image.label,
      twinLabel: twin.label,
    };
  });
}
