// Reading a matrix of counts (actual class by predicted class). Pure.

export interface ConfusedPair {
  readonly actual: number;
  readonly predicted: number;
  readonly count: number;
  /** Of the actual class's images. */
  readonly share: number;
}

/** Each row as shares of its sum; an empty row is all zero. */
export function rowShares(counts: readonly (readonly number[])[]): readonly (readonly number[])[] {
  return counts.map((row) => {
    const sum = row.reduce((total, count) => total + count, 0);
    return row.map((count) => (sum === 0 ? 0 : count / sum));
  });
}

/** The mistakes made most often, most frequent first. */
export function worstPairs(counts: readonly (readonly number[])[], most: number): readonly ConfusedPair[] {
  const shares = rowShares(counts);
  return counts
    .flatMap((row, actual) =>
      row.map((count, predicted) => ({ actual, predicted, count, share: shares[actual]![predicted]! })),
    )
    .filter(({ actual, predicted, count }) => actual !== predicted && count > 0)
    .sort((a, b) => b.count - a.count || b.share - a.share)
    .slice(0, most);
}

/** A cell in words: "7 of 20 images of moth were called butterfly". */
export function describeCell(
  labels: readonly string[],
  counts: readonly (readonly number[])[],
  actual: number,
  predicted: number,
): string {
  const row = counts[actual] ?? [];
  const sum = row.reduce((total, count) => total + count, 0);
  const verb = actual === predicted ? 'were recognised' : `were called ${labels[predicted]}`;
  return `${row[predicted] ?? 0} of ${sum} images of ${labels[actual]} ${verb}`;
}
