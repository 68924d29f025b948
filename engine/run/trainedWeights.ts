// The encoder that a run has learned, read from its newest sound checkpoint; or, for comparison, random weights.
import type { EncoderName } from '../contract/config.ts';
import { EngineError } from '../contract/errors.ts';
import type { RunDetails } from '../contract/run.ts';
import { sampleEncoderWeights } from '../model/encoderWeights.ts';
import { withoutPrefix } from '../model/weightNames.ts';
import { readCheckpoint, type Checkpoint } from '../project/checkpointFile.ts';
import { runFolder, type Project } from '../project/project.ts';

export interface TrainedEncoder {
  /** By the engine's names, without a prefix. */
  readonly weights: Readonly<Record<string, Float32Array>>;
  /** Steps that they have learned for. */
  readonly step: number;
}

/** Throws run.state where there is no checkpoint yet, checkpoint.corrupt where none can be read. */
function readNewestCheckpoint(project: Project, run: RunDetails): Checkpoint {
  if (run.checkpoints.length === 0) {
    throw new EngineError('run.state', `Run ${run.id} has no checkpoint yet; let it train first.`, {
      details: { runId: run.id, state: run.state },
    });
  }
  let lastError: unknown;
  for (const checkpoint of run.checkpoints) {
    try {
      return readCheckpoint(runFolder(project, run.id), checkpoint);
    } catch (error) {
      // The one before may be sound; if none is, the last error is thrown below.
      lastError = error;
    }
  }
  throw lastError;
}

/** The run's target or context encoder at its newest checkpoint. */
export function readTrainedEncoder(project: Project, run: RunDetails, encoder: EncoderName): TrainedEncoder {
  const { step, tensors } = readNewestCheckpoint(project, run);
  const arrays = Object.entries(withoutPrefix(tensors, `${encoder}/`)).map(([name, { data }]) => {
    if (data instanceof Float32Array) return [name, data] as const;
    throw new EngineError('checkpoint.corrupt', `weight ${name} of run ${run.id} is not float32`);
  });
  return { weights: Object.fromEntries(arrays), step };
}

/** The same network untrained: the very weights that the run started from. */
export function sampleUntrainedEncoder(run: RunDetails): TrainedEncoder {
  return { weights: sampleEncoderWeights(run.config.model, run.config.seed), step: 0 };
}
