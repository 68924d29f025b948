// Proves that the engine computes what the published method computes: every stage of reference models through every
// executor, compared with values from the official implementation. Prints one table for each file and executor.
import { basename } from 'node:path';
import { serializeError } from '../contract/errors.ts';
import { patchCount } from '../contract/config.ts';
import { createExecutor, listExecutors } from '../runtime/executors.ts';
import type { ExecutorId } from '../runtime/executors.ts';
import { planStep } from '../mimjepa/stepPlan.ts';
import type { PlanOptions } from '../mimjepa/stepPlan.ts';
import type { ParityCheck, ParityQuantity } from './parityChecks.ts';
import { readReferenceModel } from './parityFile.ts';
import type { ReferenceModel } from './parityFile.ts';
import { checkForward, checkHeads, checkLearning, checkTraining } from './parityStages.ts';
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
