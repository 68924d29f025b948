// Whether a folder can be reached now. A network drive that is gone may take a minute to say so, and nobody waits for that.
import { stat } from 'node:fs/promises';

const patienceMs = 2_000;

/** False where it is not there, is no folder, or does not answer within two seconds. */
export async function isFolderThere(folder: string): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((settle) => {
    timer = setTimeout(() => settle(false), patienceMs);
  });
  const found = stat(folder).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  try {
    return await Promise.race([found, late]);
  } finally {
    clearTimeout(timer);
  }
}
