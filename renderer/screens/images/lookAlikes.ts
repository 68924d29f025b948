// Look-alikes as the screen lists them: pairs across the parts of a split, and sets within the dataset. Pure.
import type { NamedLeak } from '../../../engine/contract/answers.ts';
import type { DuplicateKind } from '../../../engine/contract/dataset.ts';
import type { DuplicateSummary } from '../../../engine/contract/images.ts';

/** Images to lay side by side. */
export interface LookAlikeSet {
  readonly kind: DuplicateKind;
  readonly images: readonly number[];
  /** Of the thumbnails, −1 … 1; null for identical images. */
  readonly correlation: number | null;
}

/** Leaks whose labels differ first: there at least one label is wrong. Then identical before near. */
export function orderLeaks(leaks: readonly NamedLeak[]): NamedLeak[] {
  const rank = ({ sameLabel, kind }: NamedLeak) => (sameLabel ? 2 : 0) + (kind === 'exact' ? 0 : 1);
  return [...leaks].sort((a, b) => rank(a) - rank(b) || b.correlation - a.correlation);
}

/** A leak as the two images to lay side by side. */
export function setOfLeak({ imageId, twinId, kind, correlation }: NamedLeak): LookAlikeSet {
  return { kind, images: [imageId, twinId], correlation: kind === 'exact' ? null : correlation };
}

/** Identical sets, then near pairs, most alike first. */
export function listSets({ exactSets, nearPairs }: DuplicateSummary): LookAlikeSet[] {
  const near = [...nearPairs].sort((a, b) => b.correlation - a.correlation);
  return [
    ...exactSets.map((images) => ({ kind: 'exact' as const, images, correlation: null })),
    ...near.map(({ first, second, correlation }) => ({
      kind: 'near' as const,
      images: [first, second],
      correlation,
    })),
  ];
}

/** What looks like one image: its identical copies, then what is near to any of them. */
export function lookAlikesOf(
  summary: DuplicateSummary,
  image: number,
): { readonly image: number; readonly kind: DuplicateKind }[] {
  const copies = summary.exactSets.find((set) => set.includes(image)) ?? [image];
  const same = new Set(copies);
  const near = new Set<number>();
  for (const { first, second } of summary.nearPairs) {
    if (same.has(first)) near.add(second);
    else if (same.has(second)) near.add(first);
  }
  return [
    ...copies.filter((other) => other !== image).map((other) => ({ image: other, kind: 'exact' as const })),
    ...[...near].map((other) => ({ image: other, kind: 'near' as const })),
  ];
}
