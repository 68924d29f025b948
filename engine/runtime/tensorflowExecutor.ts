// The executor on TensorFlow's library: the same eager steps, each operation computed by libtensorflow on its CPU or, with
// CUDA, on an NVIDIA GPU.
import { EngineError } from '../contract/errors.ts';
import { EagerExecutor } from './eagerExecutor.ts';
import { loadTensorflow, tensorflowBackendName } from './tensorflowBackend.ts';
import { findTensorflow, type TensorflowObstacle, type TensorflowPlace } from './tensorflowPlace.ts';

export const tensorflowId = 'eager-tensorflow';

const isPlace = (found: TensorflowPlace | TensorflowObstacle): found is TensorflowPlace => 'note' in found;

/** What setup saw TensorFlow compute on; `cpu` where it is not set up. */
export function tensorflowKind(found = findTensorflow()): 'cpu' | 'gpu' {
  return isPlace(found) ? found.note.device : 'cpu';
}

export function tensorflowLabel(found = findTensorflow()): string {
  if (!isPlace(found)) return 'TensorFlow, operation by operation';
  const { device, libraryVersion } = found.note;
  return `TensorFlow ${libraryVersion} on the ${device.toUpperCase()}, operation by operation`;
}

/** Why it cannot be used, as far as files tell; undefined where it can be tried. */
export function findTensorflowObstacle(found = findTensorflow()): TensorflowObstacle | undefined {
  return isPlace(found) ? undefined : found;
}

/** An executor that loads TensorFlow when it first compiles. Throws `executor.unavailable` where it is not set up. */
export function createTensorflowExecutor(
  { threads }: { readonly threads?: number } = {},
  found = findTensorflow(),
): EagerExecutor {
  if (!isPlace(found)) {
    throw new EngineError('executor.unavailable', `executor ${tensorflowId}: ${found.reason}`);
  }
  return new EagerExecutor({
    id: tensorflowId,
    label: tensorflowLabel(found),
    backendName: tensorflowBackendName,
    prepare: async () => {
      await loadTensorflow(found, threads);
    },
  });
}
