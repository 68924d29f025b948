// The stages of a reference model, each run through an executor and compared: forward pass, gradients, training, heads.
import { EngineError } from '../contract/errors.ts';
import type { Executor, NamedData, Program, TensorData } from '../runtime/program.ts';
import { encodeProgram } from '../model/encodeProgram.ts';
import type { ShapedArray } from '../model/officialNames.ts';
import { withPrefix, withoutPrefix } from '../model/weightNames.ts';
import { zeroMoments } from '../mimjepa/initialState.ts';
import { forwardProgram, gradientProgram } from '../mimjepa/inspectPrograms.ts';
import { pretrainProgram } from '../mimjepa/pretrainProgram.ts';
import { assembleStepInputs } from '../mimjepa/stepInputs.ts';
import { planStep } from '../mimjepa/stepPlan.ts';
import type { PlanOptions, StepPlan } from '../mimjepa/stepPlan.ts';
import { attentiveHeads } from '../probe/heads/attentiveHeads.ts';
import { inspectHeadProgram } from '../probe/heads/inspectHeadProgram.ts';
import { checkGradients, checkLoss, checkValues, checkWeights } from './parityChecks.ts';
import type { ParityCheck } from './parityChecks.ts';
import type { ReferenceModel } from './parityFile.ts';

async function runOnce(
  executor: Executor,
  program: Program,
  state: NamedData,
  inputs: NamedData,
): Promise<Record<string, TensorData>> {
  const compiled = await executor.compile(program);
  try {
    await compiled.writeState(pick(state, program.state));
    return await compiled.run(pick(inputs, program.inputs));
  } finally {
    await compiled.dispose();
  }
}

function pick(values: NamedData, specs: readonly { readonly name: string }[]): NamedData {
  return Object.fromEntries(
    specs.map(({ name }) => {
      const value = values[name];
      if (!value) throw new EngineError('file.corrupt', `the reference file lacks ${name}`);
      return [name, value];
    }),
  );
}

function dataOf(arrays: Readonly<Record<string, ShapedArray>>): NamedData {
  return Object.fromEntries(Object.entries(arrays).map(([name, { data }]) => [name, data]));
}

/** Names of a forward pass's outputs, and of the same values in the files. */
const tokenNames = {
  tokenizerMasked: 'tokenizer_tokens_masked',
  tokenizerFull: 'tokenizer_tokens_full',
  contextTokens: 'context_tokens',
  targetTokens: 'target_tokens',
  predictedTokens: 'predicted_tokens',
} as const;

/** Tokens of every stage and the last block's attention, at the first step. Throws file.corrupt, executor.failed. */
export async function checkForward(
  executor: Executor,
  reference: ReferenceModel,
  plan: StepPlan,
): Promise<ParityCheck[]> {
  const [step] = reference.steps;
  const { batch, keepMasks, values } = step!;
  const inputs = {
    ...assembleStepInputs(plan, batch, keepMasks, values, 0),
    contextImages: batch.contextImages,
  };
  const state = dataOf(reference.section('init'));
  const outputs = await runOnce(executor, forwardProgram(plan), state, inputs);
  const checks: ParityCheck[] = [];
  for (const [output, name] of Object.entries(tokenNames)) {
    const expected = reference.tensor(`step0/${name}`);
    if (expected) checks.push(checkValues('tokens', name, outputs[output]!, expected));
  }
  const expectedAttention = reference.tensor('step0/last_attention_full');
  if (expectedAttention) {
    const program = encodeProgram(plan.config.model, plan.batchSize, { layers: [], attention: true });
    const encoder = withPrefix(withoutPrefix(state, 'context/'), 'encoder/');
    const { attention } = await runOnce(executor, program, encoder, { images: batch.contextImages });
    checks.push(checkValues('attention', 'last_attention_full', attention!, expectedAttention));
  }
  return checks;
}

/** All gradients of the first step. Throws file.corrupt, executor.failed. */
export async function checkLearning(
  executor: Executor,
  reference: ReferenceModel,
  plan: StepPlan,
): Promise<ParityCheck[]> {
  const { batch, keepMasks, values } = reference.steps[0]!;
  const inputs = assembleStepInputs(plan, batch, keepMasks, values, 0);
  const state = dataOf(reference.section('init'));
  const outputs = await runOnce(executor, gradientProgram(plan), state, inputs);
  return checkGradients(outputs, reference.section('grad0'));
}

/** The loss of each step, and the weights after the last. Throws file.corrupt, executor.failed. */
export async function checkTraining(
  executor: Executor,
  reference: ReferenceModel,
  options: PlanOptions,
): Promise<ParityCheck[]> {
  const plan = planStep(reference.config, options);
  const program = pretrainProgram(reference.config, options);
  const compiled = await executor.compile(program);
  const checks: ParityCheck[] = [];
  try {
    const state = { ...dataOf(reference.section('init')), ...zeroMoments(reference.config) };
    await compiled.writeState(pick(state, program.state));
    for (const [index, step] of reference.steps.entries()) {
      const inputs = assembleStepInputs(plan, step.batch, step.keepMasks, step.values, index);
      const { loss } = await compiled.run(inputs);
      if (step.loss !== undefined) checks.push(checkLoss(`step ${index}`, loss![0]!, step.loss));
    }
    const final = reference.section('final');
    const weights = await compiled.readState(Object.keys(final));
    for (const [name, expected] of Object.entries(final)) {
      if (expected.data.length > 0) checks.push(checkWeights(name, weights[name]!, expected));
    }
  } finally {
    await compiled.dispose();
  }
  return checks;
}

/** [B] class numbers → [B, C] */
function oneHot(labels: Float32Array, numClasses: number): Float32Array {
  const rows = new Float32Array(labels.length * numClasses);
  labels.forEach((label, row) => (rows[row * numClasses + label] = 1));
  return rows;
}

/** Logits, loss and gradients of the attentive heads that the file has. Throws executor.failed. */
export async function checkHeads(executor: Executor, reference: ReferenceModel): Promise<ParityCheck[]> {
  const labels = reference.tensor('probe/labels');
  const tokens = reference.tensor('step0/target_tokens');
  if (!labels || !tokens) return [];
  const checks: ParityCheck[] = [];
  for (const head of Object.values(attentiveHeads)) {
    const weights = reference.withPrefix(`probe/${head.officialName}.`);
    const logits = reference.tensor(`probe/${head.officialName}/logits`);
    if (!logits || Object.keys(weights).length === 0) continue;
    const numClasses = logits.shape[1]!;
    const importance = weights['patch_importance.1.weight'];
    const numHeads = head.id === 'multihead' && importance ? importance.shape[0]! : reference.probeHeads;
    const shape = { embedDim: tokens.shape[2]!, numClasses, numHeads };
    const program = inspectHeadProgram(head, shape, tokens.shape);
    const inputs = { tokens: tokens.data, labels: oneHot(labels.data, numClasses) };
    const outputs = await runOnce(executor, program, withPrefix(dataOf(weights), 'head/'), inputs);
    checks.push(checkValues('logits', head.officialName, outputs['logits']!, logits));
    const loss = reference.tensor(`probe/${head.officialName}/loss`);
    if (loss) checks.push(checkLoss(head.officialName, outputs['loss']![0]!, loss.data[0]!));
    const gradients = reference.withPrefix(`probe/${head.officialName}/grad.`);
    checks.push(...checkGradients(outputs, gradients, `${head.officialName}.`));
  }
  return checks;
}
