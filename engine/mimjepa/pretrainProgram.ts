// The training step as a program that any executor can run.
import type { RunConfig } from '../contract/config.ts';
import type { Program } from '../runtime/program.ts';
import { packPretrain } from './packedProgram.ts';
import { pretrainStateSpecs } from './pretrainState.ts';
import { planStep, stepInputSpecs } from './stepPlan.ts';
import type { PlanOptions } from './stepPlan.ts';
import { accumulateStep, partInputSpecs, sumSpecs } from './microBatches.ts';
import { trainStep } from './trainStep.ts';

/**
 * The training step at config.optimizer.batchSize images, or one of its parts where the configuration computes fewer at
 * once (runStepParts then makes the step of them). Inputs come from computeStepInputs, the first state from
 * samplePretrainState. Outputs: `loss` [1], `gradNorms` [3] (tokenizer, transformer, predictor), `targetSpread` [1].
 */
export function pretrainProgram(config: RunConfig, options: PlanOptions = {}): Program {
  const plan = planStep(config, options);
  if (plan.batchSize < config.optimizer.batchSize) {
    return {
      name: 'pretrainPart',
      inputs: [...stepInputSpecs(plan), ...partInputSpecs],
      state: [...pretrainStateSpecs(config.model), ...sumSpecs(config.model)],
      build: (inputs, state) => accumulateStep(plan, inputs, state),
    };
  }
  return {
    name: 'pretrain',
    inputs: stepInputSpecs(plan),
    state: pretrainStateSpecs(config.model),
    build: (inputs, state) => trainStep(plan, inputs, state),
    packed: () => packPretrain(plan),
  };
}
