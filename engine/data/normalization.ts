// From bytes to what the network reads: float32, channels first, ImageNet's mean 0 and standard deviation 1.

/** Means and standard deviations of ImageNet's red, green and blue, of values 0 … 1. */
export const imageNetMean = [0.485, 0.456, 0.406] as const;
export const imageNetStd = [0.229, 0.224, 0.225] as const;

const tables = imageNetMean.map((mean, channel) =>
  Float32Array.from({ length: 256 }, (_, value) => (value / 255 - mean) / imageNetStd[channel]!),
);

/**
 * Writes one picture into a batch.
 * @param pixels [n, 3], 0 … 255, interleaved
 * @param batch [B, 3, n], flat
 * @param position which of the B
 */
export function writeNormalized(pixels: Uint8Array, batch: Float32Array, position: number): void {
  const count = pixels.length / 3;
  const start = position * pixels.length;
  const [redTable, greenTable, blueTable] = tables as [Float32Array, Float32Array, Float32Array];
  for (let i = 0, from = 0; i < count; i++, from += 3) {
    batch[start + i] = redTable[pixels[from]!]!;
    batch[start + count + i] = greenTable[pixels[from + 1]!]!;
    batch[start + 2 * count + i] = blueTable[pixels[from + 2]!]!;
  }
}
