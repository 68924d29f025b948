// Checks devices one after the other, each in processes of its own, and compares them with the processor.
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { DeviceInfo } from '../../contract/answers.ts';
import { EngineError, serializeError } from '../../contract/errors.ts';
import { runDeviceJob } from '../../run/devices/deviceJob.ts';
import { usualExecutor } from '../../run/devices/devices.ts';
import { spawnNodeProcess, type SpawnProcess } from '../../run/processes/childProcess.ts';
import type { ExecutorId } from '../../runtime/executors.ts';
import type { CheckOrder, FileCheck } from './checkProcess.ts';
import { compareSteps, type StepsDifference, type StepsResult } from './checkSteps.ts';

export interface CheckOptions {
  /** Executors; default: all that are available. */
  readonly device?: readonly string[];
  readonly files?: readonly string[];
  readonly signal?: AbortSignal;
  readonly say?: (sentence: string) => void;
  readonly spawnProcess?: SpawnProcess;
}

export interface DeviceCheck {
  readonly id: string;
  readonly label: string;
  /** Null where it was not checked: it is not available, and why. */
  readonly skipped: string | null;
  readonly files: readonly FileCheck[];
  /** Null for what the others are compared with, and where the steps failed. */
  readonly steps: StepsDifference | null;
  readonly error: string | null;
  readonly passed: boolean;
}

export interface CheckReport {
  readonly comparedWith: string;
  readonly files: readonly string[];
  readonly devices: readonly DeviceCheck[];
  readonly passed: boolean;
}

/** A device is left after this long without a word: a file of reference values takes a slow one a few minutes. */
const silenceMs = 600_000;

/** Files of reference values beside the program. Throws file.missing where there are none. */
function findReferenceFiles(): string[] {
  const start = dirname(fileURLToPath(import.meta.url));
  for (let folder = start; ; folder = dirname(folder)) {
    const found = join(folder, 'tests', 'golden');
    if (existsSync(found)) {
      const models = readdirSync(found).filter((name) => /^(scott|vit)-.*\.safetensors$/.test(name));
      return models.map((name) => join(found, name));
    }
    if (folder === dirname(folder)) {
      throw new EngineError(
        'file.missing',
        'There are no reference values beside this program. They are in the folder tests/golden of its source code; give their paths with --files.',
      );
    }
  }
}

/** Throws executor.unavailable for a device that is not there, file.missing, and cancelled. */
export async function checkDevices(
  devices: readonly DeviceInfo[],
  options: CheckOptions = {},
): Promise<CheckReport> {
  const { device: wanted, signal, say = () => undefined, spawnProcess = spawnNodeProcess } = options;
  const files = options.files ?? findReferenceFiles();
  const unknown = wanted?.find((id) => !devices.some((device) => device.id === id));
  if (unknown !== undefined) throw new EngineError('executor.unavailable', `there is no device ${unknown}`);
  const job = { spawnProcess, bundle: 'deviceCheck', silenceMs, signal } as const;
  const ask = <Result>(order: CheckOrder) => runDeviceJob<Result>(order, job);
  say(`50 training steps on ${usualExecutor} …`);
  const expected = await ask<StepsResult>({ kind: 'steps', executor: usualExecutor });
  const checks: DeviceCheck[] = [];
  for (const device of devices) {
    if (wanted && !wanted.includes(device.id)) continue;
    checks.push(await checkOne(device));
  }
  const passed = checks.every((check) => check.passed);
  return { comparedWith: usualExecutor, files, devices: checks, passed };

  async function checkOne({ id, label, available, reason }: DeviceInfo): Promise<DeviceCheck> {
    const start = { id, label, skipped: null, files: [], steps: null, error: null, passed: true };
    // One that was asked for by name must be there.
    if (!available) return { ...start, skipped: reason ?? 'not available', passed: wanted === undefined };
    const executor = id as ExecutorId;
    const fileChecks: FileCheck[] = [];
    try {
      for (const file of files) {
        say(`${file.split(/[\\/]/).at(-1)} on ${id} …`);
        fileChecks.push(...(await ask<FileCheck[]>({ kind: 'parity', executor, file })));
      }
      let steps: StepsDifference | null = null;
      if (executor !== usualExecutor) {
        say(`50 training steps on ${id} …`);
        steps = compareSteps(await ask<StepsResult>({ kind: 'steps', executor }), expected);
      }
      const passed = fileChecks.every((check) => check.passed) && (steps?.passed ?? true);
      return { ...start, files: fileChecks, steps, passed };
    } catch (cause) {
      const { code, message } = serializeError(cause);
      if (code === 'cancelled') throw cause;
      return { ...start, files: fileChecks, error: message, passed: false };
    }
  }
}
