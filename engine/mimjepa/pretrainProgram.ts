// The training step as a program that any executor can run.
import type { RunConfig } from '../contract/config.ts';
import type { Program } from '../runtime/program.ts';
import { pretrainStateSpecs } from './pretrainState.ts';
import { planStep, stepInputSpecs } from './stepPlan.ts';
import type { PlanOptions } from './stepPlan.ts';
import { trainStep } from './trainStep.ts';

/**
 * The training step at config.optimizer.batchSize images. Inputs come from computeStepInputs, the first state from
 * samplePretrainState. Outputs: `loss` [1], `gradNorms` [3] (tokenizer, transformer, predictor), `targetSpread` [1].
 */
export function pretrainProgram(config: RunConfig, options: PlanOptions = {}): Program {
  const plan = planStep(config, options);
  return {
    name: 'pretrain',
    inputs: stepInputSpecs(plan),
    state: pretrainStateSpecs(config.model),
    build: (inputs, state) => trainStep(plan, inputs, state),
  };
}
