// Fifty training steps of a small model on noise, the same on every device: what they leave can be compared.
import { paperConfig, type RunConfig } from '../../contract/config.ts';
import type { TaskProgress } from '../../contract/contract.ts';
import { samplePretrainState } from '../../mimjepa/initialState.ts';
import { pretrainProgram } from '../../mimjepa/pretrainProgram.ts';
import { createSchedule } from '../../mimjepa/schedules.ts';
import { computeStepInputs } from '../../mimjepa/stepInputs.ts';
import { sampleNoiseBatch } from '../../run/measure/measureDevice.ts';
import { createExecutor, type ExecutorId } from '../../runtime/executors.ts';

export const checkedSteps = 50;

/** SCOTT with dropout and stochastic depth: everything that a real step is made of, small. */
export const checkConfig: RunConfig = {
  ...paperConfig,
  model: { ...paperConfig.model, imageSize: 48, embedDim: 32, depth: 2, numHeads: 2, predictorDepth: 1 },
  optimizer: { ...paperConfig.optimizer, batchSize: 4, epochs: checkedSteps, warmupEpochs: 5 },
};

/** What the steps left. */
export interface StepsResult {
  readonly losses: readonly number[];
  /** Weights of both encoders and the predictor, by name. */
  readonly weights: Readonly<Record<string, Float32Array>>;
}

/** Throws what the executor throws. */
export async function trainCheckSteps(
  id: ExecutorId,
  onProgress: (progress: TaskProgress) => void,
): Promise<StepsResult> {
  const executor = await createExecutor(id);
  try {
    const program = await executor.compile(pretrainProgram(checkConfig));
    await program.writeState(samplePretrainState(checkConfig));
    const schedule = createSchedule(checkConfig.optimizer, 1);
    const batch = sampleNoiseBatch(checkConfig);
    const losses: number[] = [];
    for (let step = 0; step < checkedSteps; step++) {
      onProgress({ step: `Step ${step + 1} of ${checkedSteps}`, share: step / checkedSteps });
      await new Promise(setImmediate);
      const { loss } = await program.run(computeStepInputs(checkConfig, schedule, step, batch));
      losses.push(loss![0]!);
    }
    const names = program.program.state.map(({ name }) => name).filter((name) => !name.startsWith('adam'));
    const weights = (await program.readState(names)) as Record<string, Float32Array>;
    return { losses, weights };
  } finally {
    await executor.dispose();
  }
}

export interface StepsDifference {
  /** Largest of all steps, relative. */
  readonly loss: number;
  /** Distance of all weights over their length. */
  readonly weights: number;
  readonly passed: boolean;
}

/**
 * Rounding grows from step to step, about as much on any device: these limits are far above what devices differ by that
 * compute rightly, and far below what one wrong operation makes of it.
 */
export const stepLimits = { loss: 1e-3, weights: 1e-3 } as const;

/** How far the steps of a device are from those of another. */
export function compareSteps(actual: StepsResult, expected: StepsResult): StepsDifference {
  const differences = expected.losses.map((loss, step) => Math.abs(actual.losses[step]! / loss - 1));
  let [distance, length] = [0, 0];
  for (const [name, values] of Object.entries(expected.weights)) {
    values.forEach((value, index) => {
      distance += (actual.weights[name]![index]! - value) ** 2;
      length += value ** 2;
    });
  }
  // Math.max would pass over what is not a number.
  const loss = differences.some(Number.isNaN) ? Number.NaN : Math.max(...differences);
  const weights = Math.sqrt(distance / length);
  return { loss, weights, passed: loss < stepLimits.loss && weights < stepLimits.weights };
}
