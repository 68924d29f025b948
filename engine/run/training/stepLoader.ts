// Loads what a training step reads of its batch. Worker threads do it all, from cached pixels to the program's inputs, for
// the next step while the present one runs: that one may block its thread throughout.
import type { RunConfig } from '../../contract/config.ts';
import { createBatchAssembler, type AssemblySetup, type BatchPlan } from '../../data/batchAssembly.ts';
import {
  openPretrainLoader,
  type PretrainLoader,
  type PretrainLoaderOptions,
} from '../../data/pretrainLoader.ts';
import { openTaskPool } from '../../data/taskPool.ts';
import type { WorkKind } from '../../data/workKind.ts';
import { computeBatchParts } from '../../mimjepa/stepInputs.ts';
import type { NamedData } from '../../runtime/program.ts';

/** The inputs of a step's parts but the schedule's numbers, which computeScheduleInputs adds. */
export interface StepBatch {
  readonly parts: readonly NamedData[];
}

export type StepLoader = PretrainLoader<StepBatch>;

interface StepSetup {
  readonly assembly: AssemblySetup;
  readonly config: RunConfig;
}

/** Builds a step's images and computes its inputs from them. */
export const stepWork: WorkKind<StepSetup, BatchPlan, StepBatch> = {
  bundle: 'stepWorker.mjs',
  async createRunner({ assembly, config }) {
    const assemble = createBatchAssembler(assembly);
    return async (plan) => {
      const { views } = await assemble(plan);
      const batch = { contextImages: views[0]!, targetImages: views[1]! };
      return { parts: computeBatchParts(config, plan.step, batch) };
    };
  },
  buffersOf: ({ parts }) => [
    ...new Set(parts.flatMap((part) => Object.values(part).map(({ buffer }) => buffer as ArrayBuffer))),
  ],
};

/** Opens the loader that training, measuring and the benchmark share. Throws as openPretrainLoader does. */
export function createStepLoader(options: PretrainLoaderOptions): Promise<StepLoader> {
  const { config } = options;
  return openPretrainLoader(options, (workers, assembly) =>
    openTaskPool(workers, stepWork, { assembly, config }),
  );
}
