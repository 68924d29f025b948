// The training step as a program that any executor can run.
import type { RunConfig } from '../contract/config.ts';
import type { Program } from '../runtime/program.ts';
import { lossScaleSpecs } from './lossScale.ts';
import { packPretrain } from './packedProgram.ts';
import { pretrainStateSpecs } from './pretrainState.ts';
import { planStep, stepInputSpecs } from './stepPlan.ts';
import type { PlanOptions } from './stepPlan.ts';
import { accumulateStep, partInputSpecs, sumSpecs } from './microBatches.ts';
import { trainStep } from './trainStep.ts';

/**
 * The training step at config.optimizer.batchSize images, or one of its parts where the configuration computes fewer at
 * once (runStepParts then makes the step of them). Inputs come from computeStepInputs, the first state from
 * samplePretrainState. Outputs: `loss` [1], `gradNorms` [3] (tokenizer, transformer, predictor), `targetSpread` [1];
 * in mixed precision also `lossScale` and `skipped` (lossScale.ts).
 */
export function pretrainProgram(config: RunConfig, options: PlanOptions = {}): Program {
  const plan = planStep(config, options);
  const { precision } = config.optimizer;
  const state = [...pretrainStateSpecs(config.model), ...lossScaleSpecs(config)];
  if (plan.batchSize < config.optimizer.batchSize) {
    return {
      name: 'pretrainPart',
      inputs: [...stepInputSpecs(plan), ...partInputSpecs],
      state: [...state, ...sumSpecs(config.model)],
      precision,
      build: (inputs, values) => accumulateStep(plan, inputs, values),
    };
  }
  return {
    name: 'pretrain',
    inputs: stepInputSpecs(plan),
    state,
    precision,
    build: (inputs, values) => trainStep(plan, inputs, values),
    packed: () => packPretrain(plan),
  };
}
