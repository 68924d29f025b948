// Fewer images at once: the sizes into which a batch can be divided.
import { imagesAtOnce, type RunConfig } from '../../contract/config.ts';

/** The largest divisor of a batch that is at most this many images. */
export function largestPart(batchSize: number, most: number): number {
  let part = Math.max(1, Math.min(batchSize, Math.floor(most)));
  while (batchSize % part !== 0) part--;
  return part;
}

/** The next smaller part to try, at most half as large; null where one image is all there is. */
export function smallerPart(batchSize: number, atOnce: number): number | null {
  return atOnce <= 1 ? null : largestPart(batchSize, atOnce / 2);
}

/** The configuration with at most this many images computed at once. */
export function withPart(config: RunConfig, most: number): RunConfig {
  const { optimizer } = config;
  const part = largestPart(optimizer.batchSize, Math.min(most, imagesAtOnce(optimizer)));
  const microBatch = part === optimizer.batchSize ? 0 : part;
  return { ...config, optimizer: { ...optimizer, microBatch } };
}

/** What is done about too little memory, for a person. */
export function describeParts(batchSize: number, atOnce: number): string {
  return `A whole batch of ${batchSize} images does not fit into the memory, so each step computes ${atOnce} at a time: the same result, a little slower.`;
}
