// Tells a GPU that is gone (driver restarted, card removed, machine slept) from an error of a program. Drivers say it in
// many words, so the device itself is asked as well.
import { messageOf } from '../contract/errors.ts';
import type { WebgpuMemory } from './webgpuMemory.ts';

type Copier = Pick<WebgpuMemory, 'upload' | 'download'>;

const lostWords = /device[ _]?(was |is |has been )?lost|lost device|DEVICE_(REMOVED|HUNG|RESET)/i;
const probe = { name: 'probe', shape: [4], type: 'float32' } as const;
const pattern = Float32Array.of(1, -2, 3, -4);

/** True when an error says that the device is lost, or the device no longer hands back what it is given. */
export async function isDeviceLost(cause: unknown, memory: Copier): Promise<boolean> {
  if (lostWords.test(messageOf(cause))) return true;
  try {
    return !(await copiesTruly(memory));
  } catch {
    // It cannot even copy four numbers.
    return true;
  }
}

/** Brings four numbers to the device and back; true when they are the same. Throws what copying throws. */
export async function copiesTruly(memory: Copier): Promise<boolean> {
  const tensor = await memory.upload(probe, pattern);
  const read = await memory.download(probe, tensor);
  tensor.dispose();
  return pattern.every((number, index) => read[index] === number);
}
