import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runParity } from '../../../engine/cli/parity.ts';
import { encodeSafetensors, readSafetensors } from '../../../engine/project/safetensors.ts';
import type { SafetensorsFile } from '../../../engine/project/safetensors.ts';

const golden = (name: string) => `tests/golden/${name}.safetensors`;
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'thimble-parity-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function writeChanged(name: string, change: (file: SafetensorsFile) => SafetensorsFile): string {
  const path = join(folder, `${name}.safetensors`);
  writeFileSync(path, encodeSafetensors(change(readSafetensors(golden('vit-80-swiglu')))));
  return path;
}

describe('parity', () => {
  test.each(['scott-80-swiglu', 'scott-80-mlp-registers', 'vit-80-swiglu'])(
    'holds for the reference model %s through every executor',
    async (name) => {
      const report = await runParity([golden(name)]);
      expect(report.runs.map((run) => run.executor)).toContain('eager-cpu');
      for (const run of report.runs) {
        expect(run.error).toBeUndefined();
        expect(run.checks.filter((check) => !check.passed)).toEqual([]);
        const quantities = new Set(run.checks.map((check) => check.quantity));
        expect([...quantities].sort()).toEqual([
          'attention',
          'gradient',
          'logits',
          'loss',
          'tokens',
          'weights',
        ]);
      }
      expect(report.passed).toBe(true);
    },
  );

  test('fails, by name, on a value that is off', async () => {
    const path = writeChanged('off', (file) => {
      const name = 'grad0/predictor.head.2.bias';
      const tensor = file.tensors[name]!;
      const data = Float32Array.from(tensor.data as Float32Array, (value) => value * 1.001);
      return { ...file, tensors: { ...file.tensors, [name]: { shape: tensor.shape, data } } };
    });
    const lines: string[] = [];
    const report = await runParity([path], {
      executors: ['compiled-cpu'],
      print: (line) => lines.push(line),
    });
    expect(report.passed).toBe(false);
    const failed = report.runs[0]!.checks.filter((check) => !check.passed).map((check) => check.name);
    expect(failed).toEqual(['predictor/head.2.bias']);
    expect(lines.join('\n')).toContain('failed: gradient predictor/head.2.bias');
  });

  test('runs densely where images keep different numbers of patches', async () => {
    const path = writeChanged('uneven', (file) => {
      const keepMask = Int32Array.from(file.tensors['step0/keep_mask']!.data as Int32Array);
      keepMask[keepMask.indexOf(1)] = 0;
      const tensors = { ...file.tensors, 'step0/keep_mask': { shape: [2, 25], data: keepMask } };
      return { ...file, tensors };
    });
    const report = await runParity([path], { executors: ['compiled-cpu'] });
    // Another mask gives other tokens, so that the comparison fails; what does not depend on the mask still agrees.
    const checks = report.runs[0]!.checks;
    expect(report.runs[0]!.error).toBeUndefined();
    expect(checks.find((check) => check.name === 'target_tokens')!.passed).toBe(true);
    expect(checks.find((check) => check.name === 'context_tokens')!.passed).toBe(false);
  });

  test('does without a config, without heads and without later steps', async () => {
    const path = writeChanged('bare', ({ metadata, tensors }) => {
      const kept = Object.entries(tensors).filter(([name]) => !/^(probe|step[12]|final)/.test(name));
      const { lr, weight_decay, ema, losses } = metadata as Record<string, string>;
      return {
        metadata: { lr: lr!, weight_decay: weight_decay!, ema: ema!, losses: losses! },
        tensors: Object.fromEntries(kept),
      };
    });
    const report = await runParity([path], { executors: ['compiled-cpu'] });
    expect(report.runs[0]!.error).toBeUndefined();
    expect(report.passed).toBe(true);
    const names = report.runs[0]!.checks.map((check) => check.quantity);
    expect(names).not.toContain('logits');
    expect(names.filter((quantity) => quantity === 'loss')).toHaveLength(1);
  });

  test('skips files that hold no model, by name, and fails on unreadable ones', async () => {
    const skipped = await runParity([golden('masks-and-schedules')]);
    expect(skipped).toEqual({ runs: [], skipped: ['masks-and-schedules.safetensors'], passed: true });
    const path = join(folder, 'broken.safetensors');
    writeFileSync(path, 'not a model');
    const report = await runParity([path, join(folder, 'absent.safetensors')]);
    expect(report.passed).toBe(false);
    expect(report.runs.map((run) => run.error?.code)).toEqual(['file.corrupt', 'file.missing']);
  });
});
