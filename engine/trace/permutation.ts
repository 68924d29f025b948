// Permutations of axes: `permutation[i]` is the place where axis i is found.

export type Permutation = readonly number[];

export function identityPermutation(rank: number): number[] {
  return Array.from({ length: rank }, (_, axis) => axis);
}

export function isIdentity(permutation: Permutation): boolean {
  return permutation.every((place, axis) => place === axis);
}

export function invertPermutation(permutation: Permutation): number[] {
  const inverse = permutation.map(() => 0);
  permutation.forEach((place, axis) => (inverse[place] = axis));
  return inverse;
}

export function samePermutation(a: Permutation, b: Permutation): boolean {
  return a.length === b.length && a.every((place, axis) => place === b[axis]);
}

/**
 * Splits a reshape into the smallest groups of neighbouring axes that keep their element count: each group takes some
 * old axes to some new axes. Returns pairs [old axes, new axes].
 */
export function reshapeGroups(
  oldShape: readonly number[],
  newShape: readonly number[],
): { readonly old: number[]; readonly fresh: number[] }[] {
  const groups: { old: number[]; fresh: number[] }[] = [];
  let i = 0;
  let j = 0;
  while (i < oldShape.length || j < newShape.length) {
    const group = { old: [] as number[], fresh: [] as number[] };
    let oldCount = 1;
    let newCount = 1;
    do {
      const takeOld = i < oldShape.length && (oldCount <= newCount || j >= newShape.length);
      if (takeOld) {
        oldCount *= oldShape[i]!;
        group.old.push(i++);
      } else {
        newCount *= newShape[j]!;
        group.fresh.push(j++);
      }
    } while (oldCount !== newCount && (i < oldShape.length || j < newShape.length));
    if (group.fresh.length === 0 && j < newShape.length && newShape[j] === 1) group.fresh.push(j++);
    groups.push(group);
  }
  return groups;
}

/**
 * A tensor is stored with its axes permuted (logical axis i at physical axis permutation[i]). Reshapes it without moving
 * data where that is possible: each group of merged or split axes must lie together, in order, in storage.
 * Returns the new physical shape and permutation, or undefined where the data would have to move.
 */
export function reshapePermuted(
  logicalShape: readonly number[],
  permutation: Permutation,
  newShape: readonly number[],
): { readonly physicalShape: number[]; readonly permutation: number[] } | undefined {
  const blocks: { readonly place: number; readonly fresh: readonly number[] }[] = [];
  for (const group of reshapeGroups(logicalShape, newShape)) {
    const wide = group.old.filter((axis) => logicalShape[axis] !== 1);
    const places = wide.map((axis) => permutation[axis]!);
    const orderly = places.every((place, k) => {
      if (k === 0) return true;
      const before = places[k - 1]!;
      return place > before && onlyUnitAxesBetween(logicalShape, permutation, before, place);
    });
    if (!orderly) return undefined;
    const place =
      places[0] ??
      (group.old[0] === undefined ? newShape.length + logicalShape.length : permutation[group.old[0]]!);
    blocks.push({ place, fresh: group.fresh });
  }
  const ordered = blocks.toSorted((a, b) => a.place - b.place).flatMap((block) => block.fresh);
  const result = newShape.map(() => 0);
  ordered.forEach((axis, place) => (result[axis] = place));
  return { physicalShape: ordered.map((axis) => newShape[axis]!), permutation: result };
}

function onlyUnitAxesBetween(
  logicalShape: readonly number[],
  permutation: Permutation,
  low: number,
  high: number,
): boolean {
  return permutation.every((place, axis) => place <= low || place >= high || logicalShape[axis] === 1);
}
