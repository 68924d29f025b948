// Proves that the engine computes what the published method computes: every stage of reference models through every
// executor, compared with values from the official implementation. Prints one table for each file and executor.
import { basename } from 'node:path';
import { EngineError, serializeError } from '../contract/errors.ts';
import { patchCount } from '../contract/config.ts';
import { createExecutor, listExecutors } from '../runtime/executors.ts';
import type { ExecutorId } from '../runtime/executors.ts';
import type { Executor, NamedData, Program, TensorData } from '../runtime/program.ts';
import { encodeProgram } from '../model/encodeProgram.ts';
import { withPrefix, withoutPrefix } from '../model/weightNames.ts';
import { zeroMoments } from '../mimjepa/initialState.ts';
import { pretrainProgram } from '../mimjepa/pretrainProgram.ts';
import { assembleStepInputs } from '../mimjepa/stepInputs.ts';
import { planStep } from '../mimjepa/stepPlan.ts';
import type { PlanOptions, StepPlan } from '../mimjepa/stepPlan.ts';
import { attentiveHeads } from '../probe/heads/attentiveHeads.ts';
import type { ShapedArray } from '../model/officialNames.ts';
import { checkGradients, checkLoss, checkValues, checkWeights } from './parityChecks.ts';
import type { ParityCheck, ParityQuantity } from './parityChecks.ts';
import { readReferenceModel } from './parityFile.ts';
import type { ReferenceModel } from './parityFile.ts';
import { forwardProgram, gradientProgram, headParityProgram } from './parityPrograms.ts';
import { renderTable } from './table.ts';

export interface ParityOptions {
  /** Default: every executor that is available. */
  readonly executors?: readonly ExecutorId[];
  /** Where lines of the report go; default: nowhere. */
  readonly print?: (line: string) => void;
}

export interface ParityRun {
  readonly file: string;
  readonly executor: string;
  readonly checks: readonly ParityCheck[];
  /** Why the file could not be run through this executor, or could not be read at all. */
  readonly error?: { readonly code: string; readonly message: string };
  readonly passed: boolean;
}

export interface ParityReport {
  readonly runs: readonly ParityRun[];
  /** Files that hold reference values of something other than a model. */
  readonly skipped: readonly string[];
  readonly passed: boolean;
}

/** Files in the reference folder that are not models, by their names. */
const otherFiles = /^(masks-and-schedules|image-ops)/;

/** The plan that fits the keep masks of all steps: visible patches only where every image keeps the same number. */
export function planForMasks(reference: ReferenceModel): PlanOptions {
  const count = patchCount(reference.config.model);
  const kept = new Set<number>();
  for (const { keepMasks } of reference.steps) {
    for (let start = 0; start < keepMasks.length; start += count) {
      kept.add(keepMasks.subarray(start, start + count).reduce((sum, keep) => sum + keep, 0));
    }
  }
  const [first] = kept;
  const even = kept.size === 1 && first! >= 1 && first! < count && Math.sqrt(count) >= 2;
  return even ? { structure: 'visible', keptCount: first } : { structure: 'dense' };
}

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

async function checkForward(
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

async function checkLearning(
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

async function checkTraining(
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

async function checkHeads(executor: Executor, reference: ReferenceModel): Promise<ParityCheck[]> {
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
    const program = headParityProgram(head, shape, tokens.shape);
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

async function runFile(path: string, reference: ReferenceModel, id: ExecutorId): Promise<ParityRun> {
  const file = basename(path);
  const executor = await createExecutor(id);
  const checks: ParityCheck[] = [];
  try {
    const options = planForMasks(reference);
    const plan = planStep(reference.config, options);
    checks.push(...(await checkForward(executor, reference, plan)));
    checks.push(...(await checkLearning(executor, reference, plan)));
    checks.push(...(await checkTraining(executor, reference, options)));
    checks.push(...(await checkHeads(executor, reference)));
    return { file, executor: id, checks, passed: checks.every((check) => check.passed) };
  } catch (error) {
    const { code, message } = serializeError(error);
    return { file, executor: id, checks, error: { code, message }, passed: false };
  } finally {
    await executor.dispose();
  }
}

/** The rows of one run: for each quantity how many were compared, and the worst of them. */
function summarise(checks: readonly ParityCheck[]): string[][] {
  const quantities: ParityQuantity[] = ['tokens', 'attention', 'loss', 'gradient', 'weights', 'logits'];
  return quantities.flatMap((quantity) => {
    const group = checks.filter((check) => check.quantity === quantity);
    if (group.length === 0) return [];
    const worst = group.reduce((most, check) => (check.error > most.error ? check : most));
    const beyond = group.reduce((sum, check) => sum + (check.exceeding?.count ?? 0), 0);
    const failed = group.filter((check) => !check.passed).length;
    const verdict = failed === 0 ? 'ok' : `${failed} FAILED`;
    const rounding = group.filter((check) => check.isRounding).length;
    const notes = [
      quantity === 'weights' ? `${beyond} elements beyond the limit` : '',
      rounding > 0 ? `${rounding} are rounding only` : '',
    ];
    return [
      [
        quantity,
        String(group.length),
        worst.error.toExponential(1),
        worst.limit.toExponential(0),
        verdict,
        worst.name,
        notes.join(''),
      ],
    ];
  });
}

function renderRun(run: ParityRun): string {
  const title = `${run.file} · ${run.executor}`;
  if (run.error) return `${title}\n${run.error.code}: ${run.error.message}`;
  const columns = [
    { title: 'quantity' },
    { title: 'compared', align: 'right' },
    { title: 'largest error', align: 'right' },
    { title: 'limit', align: 'right' },
    { title: 'verdict' },
    { title: 'worst at' },
    { title: 'note' },
  ] as const;
  const failures = run.checks
    .filter((check) => !check.passed)
    .map(({ quantity, name, error, exceeding }) => {
      const many = exceeding ? `, ${exceeding.count} of ${exceeding.of} elements beyond the limit` : '';
      return `  failed: ${quantity} ${name}: ${error.toExponential(2)}${many}`;
    });
  return [title, renderTable(columns, summarise(run.checks)), ...failures].join('\n');
}

/**
 * Runs reference files through executors and compares every stage. The report's `passed` is false when a limit of
 * parityLimits is passed, a file cannot be read, or an executor fails. Files of masks or image operations are skipped.
 */
export async function runParity(
  files: readonly string[],
  { executors, print = () => undefined }: ParityOptions = {},
): Promise<ParityReport> {
  const available = (await listExecutors())
    .filter((executor) => executor.available)
    .map(({ id }) => id as ExecutorId);
  const ids = executors ?? available;
  const runs: ParityRun[] = [];
  const skipped: string[] = [];
  const finish = (run: ParityRun): void => {
    runs.push(run);
    print(`${renderRun(run)}\n`);
  };
  for (const path of files) {
    const file = basename(path);
    if (otherFiles.test(file)) {
      skipped.push(file);
      print(`${file}: skipped, it holds no model\n`);
      continue;
    }
    let reference: ReferenceModel;
    try {
      reference = readReferenceModel(path);
    } catch (error) {
      const { code, message } = serializeError(error);
      finish({ file, executor: 'none', checks: [], error: { code, message }, passed: false });
      continue;
    }
    for (const id of ids) finish(await runFile(path, reference, id));
  }
  const passed = runs.every((run) => run.passed);
  const count = runs.filter((run) => run.passed).length;
  print(
    `${count} of ${runs.length} runs within the limits${skipped.length > 0 ? `, ${skipped.length} files skipped` : ''}`,
  );
  return { runs, skipped, passed };
}
