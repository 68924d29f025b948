// A dry run whose process was ended for want of memory is tried again with fewer images at once.
import { imagesAtOnce } from '../../contract/config.ts';
import { smallerPart, withPart } from '../measure/partSizes.ts';
import { isMemoryError } from '../processes/memoryEnd.ts';
import { buildConfig, type RunSettings } from '../training/runRequest.ts';

/** What `run` answers, after as many tries as it takes. Rejects with its error where one image is too much, or it is another. */
export async function withLessAtOnce<Payload, Result>(
  payload: Payload,
  run: (payload: Payload) => Promise<Result>,
): Promise<Result> {
  let mostAtOnce = (payload as unknown as RunSettings).mostAtOnce ?? Infinity;
  for (;;) {
    try {
      return await run(Number.isFinite(mostAtOnce) ? { ...payload, mostAtOnce } : payload);
    } catch (cause) {
      const { optimizer } = withPart(buildConfig(payload as unknown as RunSettings), mostAtOnce);
      const smaller = smallerPart(optimizer.batchSize, imagesAtOnce(optimizer));
      if (smaller === null || !isMemoryError(cause)) throw cause;
      mostAtOnce = smaller;
    }
  }
}
