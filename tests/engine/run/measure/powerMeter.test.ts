import { describe, expect, test } from 'vitest';
import { startPowerMeter, type PowerSource } from '../../../../engine/run/measure/powerMeter.ts';

/** A computer whose files are these; time passes when it is told to. */
function computer(files: Record<string, string>, cards: readonly number[] = []) {
  let nowMs = 0;
  const source: PowerSource = {
    read: (path) => files[path] ?? null,
    list: (path) => [
      ...new Set(
        Object.keys(files).flatMap((name) =>
          name.startsWith(`${path}/`) ? [name.slice(path.length + 1).split('/')[0]!] : [],
        ),
      ),
    ],
    watchNvidia: () => ({ stop: () => cards }),
    nowMs: () => nowMs,
  };
  return { source, pass: (ms: number) => void (nowMs += ms) };
}

const rapl = '/sys/class/powercap/intel-rapl:0';
const battery = '/sys/class/power_supply/BAT0';

/** Energy counters that take `joules` a second, and wrap at 262 J. */
function withRapl(joules: number, steps: number, usesGraphics = false, cards: readonly number[] = []) {
  const range = 262_000_000;
  let used = 250_000_000;
  const files: Record<string, string> = {
    [`${rapl}/name`]: 'package-0\n',
    [`${rapl}/energy_uj`]: `${used}\n`,
    [`${rapl}/max_energy_range_uj`]: `${range}\n`,
    '/sys/class/powercap/intel-rapl:0:0/name': 'core\n',
    '/sys/class/powercap/intel-rapl:0:0/energy_uj': '1\n',
  };
  const { source, pass } = computer(files, cards);
  const meter = startPowerMeter(usesGraphics, source);
  for (let step = 0; step < steps; step++) {
    pass(500);
    used = (used + joules * 500_000) % range;
    files[`${rapl}/energy_uj`] = `${used}\n`;
    meter.sample();
  }
  meter.stop();
  return meter.read();
}

describe('the power drawn while training', () => {
  test('is what the processor’s energy counters gain, also where they begin again at zero', () => {
    const power = withRapl(28, 8);
    expect(power!.watts).toBeCloseTo(28, 6);
    expect(power!.covers).toContain('processor and its memory');
  });

  test('of a graphics card counts with the processor’s; a card that does not tell leaves nothing to say', () => {
    const power = withRapl(20, 6, true, [100, 104, 96, 100]);
    expect(power!.watts).toBeCloseTo(120, 6);
    expect(power!.leastWatts).toBeLessThan(120);
    expect(power!.mostWatts).toBeGreaterThan(120);
    expect(withRapl(20, 6, true, [])).toBeNull();
  });

  test('is the whole computer’s where a battery feeds it', () => {
    const files = { [`${battery}/status`]: 'Discharging\n', [`${battery}/power_now`]: '17500000\n' };
    const meter = startPowerMeter(false, computer(files).source);
    meter.sample();
    meter.sample();
    meter.stop();
    expect(meter.read()).toMatchObject({ watts: 17.5, covers: expect.stringContaining('whole computer') });
    const current = {
      [`${battery}/status`]: 'Discharging\n',
      [`${battery}/current_now`]: '1500000\n',
      [`${battery}/voltage_now`]: '12000000\n',
    };
    const other = startPowerMeter(false, computer(current).source);
    other.sample();
    other.sample();
    expect(other.read()!.watts).toBeCloseTo(18, 6);
  });

  test('is not told, and not guessed, where nothing can be read', () => {
    const meter = startPowerMeter(false, computer({ [`${battery}/status`]: 'Charging\n' }).source);
    meter.sample();
    meter.sample();
    meter.stop();
    expect(meter.read()).toBeNull();
    // Counters for administrators only.
    const closed = startPowerMeter(false, computer({ [`${rapl}/name`]: 'package-0\n' }).source);
    closed.sample();
    closed.sample();
    expect(closed.read()).toBeNull();
  });
});
