import { describe, expect, test } from 'vitest';
import { paperConfig } from '../../../engine/contract/config.ts';
import { createSchedule, createStepSchedule } from '../../../engine/mimjepa/schedules.ts';
import { readSafetensors } from '../../../engine/project/safetensors.ts';

const reference = readSafetensors('tests/golden/masks-and-schedules.safetensors');

describe('schedules', () => {
  test('equal the reference over 300 steps', () => {
    const schedule = createSchedule(paperConfig.optimizer, 1);
    expect(schedule.totalSteps).toBe(300);
    const compare = (name: string, value: (step: number) => number) => {
      const expected = reference.tensors[`schedule/${name}`]!.data;
      for (let step = 0; step < 300; step++) {
        const target = Number(expected[step]);
        expect(Math.abs(value(step) - target), `${name} at ${step}`).toBeLessThan(1e-6 * Math.abs(target));
      }
    };
    compare('lr_300_warmup40_flat0.72', (step) => schedule.at(step).lr);
    compare('wd_300', (step) => schedule.at(step).weightDecay);
    compare('ema_300', (step) => schedule.at(step).emaMomentum);
  });

  test.each(['scott-80-swiglu', 'vit-80-swiglu'])('equal what the reference run %s used', (name) => {
    const { metadata } = readSafetensors(`tests/golden/${name}.safetensors`);
    const described = JSON.parse(metadata['schedule']!) as Record<string, number>;
    const schedule = createStepSchedule({
      totalSteps: described['total_steps']!,
      warmupSteps: described['lr_warmup_steps']!,
      lrStart: described['lr_start']!,
      lrPeak: described['lr_peak']!,
      lrFinal: described['lr_final']!,
      lrFlatShare: described['lr_flat_pctg']!,
      weightDecayStart: described['wd_start']!,
      weightDecayFinal: described['wd_final']!,
      emaStart: Number(metadata['ema_start']),
      emaFinal: Number(metadata['ema_final']),
    });
    const lists = ['lr', 'weight_decay', 'ema'].map((list) => JSON.parse(metadata[list]!) as number[]);
    lists[0]!.forEach((lr, step) => {
      const values = schedule.at(step);
      expect(values.lr).toBeCloseTo(lr, 10);
      expect(values.weightDecay).toBeCloseTo(lists[1]![step]!, 10);
      expect(values.emaMomentum).toBeCloseTo(lists[2]![step]!, 10);
    });
  });

  test('end at their final values and round fractional epochs down', () => {
    const optimizer = { ...paperConfig.optimizer, epochs: 2.5, warmupEpochs: 0.5 };
    const schedule = createSchedule(optimizer, 7);
    expect(schedule.totalSteps).toBe(17);
    const last = schedule.at(16);
    expect(last.lr).toBeCloseTo(optimizer.lrFinal, 10);
    expect(last.emaMomentum).toBe(1);
    expect(last.weightDecay).toBeCloseTo(0.4, 10);
  });

  test('are finite for a single step and for no warm-up', () => {
    const schedule = createSchedule({ ...paperConfig.optimizer, epochs: 1, warmupEpochs: 0 }, 1);
    for (const value of Object.values(schedule.at(0))) expect(Number.isFinite(value)).toBe(true);
  });
});
