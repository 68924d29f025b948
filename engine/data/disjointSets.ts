// Joins numbers into sets (union–find with path halving); a set is known by its lowest member.

export interface DisjointSets {
  join(a: number, b: number): void;
  /** Lowest member of each number's set. */
  lowest(): Int32Array;
  /** All sets in order of their lowest members, each in rising order. */
  sets(): number[][];
}

/** Starts with each of 0 … count − 1 alone. */
export function createDisjointSets(count: number): DisjointSets {
  const parent = Int32Array.from({ length: count }, (_, index) => index);
  const find = (start: number): number => {
    let index = start;
    while (parent[index] !== index) {
      parent[index] = parent[parent[index]!]!;
      index = parent[index]!;
    }
    return index;
  };
  const lowest = () => parent.map((_, index) => find(index));
  return {
    join: (a, b) => {
      const rootA = find(a);
      const rootB = find(b);
      // The lower root stays, so that a set's root is always its lowest member.
      if (rootA < rootB) parent[rootB] = rootA;
      else parent[rootA] = rootB;
    },
    lowest,
    sets: () => {
      const bySet = new Map<number, number[]>();
      lowest().forEach((root, index) => {
        const members = bySet.get(root);
        if (members) members.push(index);
        else bySet.set(root, [index]);
      });
      return [...bySet.values()];
    },
  };
}
