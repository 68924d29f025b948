// How much power a computer draws while it trains, where its system tells: never estimated. Reads files of Linux and asks
// nvidia-smi; elsewhere there is nothing to read without special rights, and the answer is null.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RunPower } from '../../contract/cost.ts';
import { computeMeanInterval, type MeanInterval } from './meanInterval.ts';

/** What metering reads; a test passes one that answers by itself. */
export interface PowerSource {
  /** A file's text; null where it cannot be read. */
  readonly read: (path: string) => string | null;
  readonly list: (path: string) => readonly string[];
  /** Starts reading the watts of all NVIDIA cards together; stopping gives what was read. Null where there is no card. */
  readonly watchNvidia: () => { stop(): readonly number[] };
  readonly nowMs: () => number;
}

export const thisPower: PowerSource = {
  read: (path) => {
    try {
      return readFileSync(path, 'utf8');
    } catch {
      // Not there, or for administrators only.
      return null;
    }
  },
  list: (path) => {
    try {
      return readdirSync(path);
    } catch {
      return [];
    }
  },
  watchNvidia,
  nowMs: () => performance.now(),
};

export interface PowerMeter {
  /** Call it between two steps. */
  sample(): void;
  /** Call it in any case. */
  stop(): void;
  /** What was measured until it was stopped; null where the system does not tell. */
  read(): RunPower | null;
}

/** A meter that begins now. `usesGraphics`: the cards' power counts too. */
export function startPowerMeter(usesGraphics: boolean, source: PowerSource = thisPower): PowerMeter {
  const battery = findBattery(source);
  if (battery) return meterBattery(battery, source);
  const zones = findEnergyZones(source);
  const nvidia = usesGraphics ? source.watchNvidia() : null;
  const watts: number[] = [];
  let cards: readonly number[] = [];
  let last = readEnergy(zones, source);
  let lastMs = source.nowMs();
  return {
    sample: () => {
      const [next, nextMs] = [readEnergy(zones, source), source.nowMs()];
      if (last !== null && next !== null && nextMs > lastMs) {
        watts.push((1000 * joulesBetween(last, next, zones)) / (nextMs - lastMs));
      }
      [last, lastMs] = [next, nextMs];
    },
    stop: () => void (cards = nvidia?.stop() ?? []),
    read: () => {
      // A graphics card whose power nobody tells draws most of it: the processor's alone would mislead.
      if (usesGraphics && cards.length < 2) return null;
      const parts: Measured[] = [
        ...(watts.length >= 2 ? [{ what: 'processor and its memory', ...computeMeanInterval(watts) }] : []),
        ...(cards.length >= 2 ? [{ what: 'graphics cards', ...computeMeanInterval(cards) }] : []),
      ];
      return parts.length === 0 ? null : addUp(parts);
    },
  };
}

type Measured = MeanInterval & { readonly what: string };

function addUp(parts: readonly Measured[]): RunPower {
  const sum = (of: (part: Measured) => number) => parts.reduce((total, part) => total + of(part), 0);
  return {
    watts: sum(({ mean }) => mean),
    leastWatts: sum(({ least }) => least),
    mostWatts: sum(({ most }) => most),
    covers: `${parts.map(({ what }) => what).join(' and ')} (screen, disks and power supply not counted)`,
  };
}

function readNumber(source: PowerSource, path: string): number | null {
  const text = source.read(path)?.trim();
  return text && Number.isFinite(Number(text)) ? Number(text) : null;
}

const supplies = '/sys/class/power_supply';

/** Folder of a battery that feeds the computer at the moment. */
function findBattery(source: PowerSource): string | undefined {
  return source
    .list(supplies)
    .filter((name) => name.startsWith('BAT'))
    .map((name) => join(supplies, name))
    .find((folder) => source.read(join(folder, 'status'))?.trim() === 'Discharging');
}

function meterBattery(folder: string, source: PowerSource): PowerMeter {
  const watts: number[] = [];
  return {
    sample: () => {
      const microwatts = readNumber(source, join(folder, 'power_now'));
      const microamps = readNumber(source, join(folder, 'current_now'));
      const microvolts = readNumber(source, join(folder, 'voltage_now'));
      if (microwatts) watts.push(microwatts / 1e6);
      else if (microamps && microvolts) watts.push((microamps * microvolts) / 1e12);
    },
    stop: () => undefined,
    read: () => {
      if (watts.length < 2) return null;
      const { mean, least, most } = computeMeanInterval(watts);
      return {
        watts: mean,
        leastWatts: least,
        mostWatts: most,
        covers: 'the whole computer, from its battery',
      };
    },
  };
}

interface EnergyZone {
  readonly folder: string;
  /** Where its counter begins again at 0, microjoules. */
  readonly rangeMicrojoules: number;
}

/** Counters of the processors' packages and of their memory: what Linux calls RAPL, on Intel and AMD. */
function findEnergyZones(source: PowerSource): EnergyZone[] {
  const powercap = '/sys/class/powercap';
  return source.list(powercap).flatMap((entry) => {
    const folder = join(powercap, entry);
    const name = source.read(join(folder, 'name'))?.trim() ?? '';
    if (!entry.startsWith('intel-rapl:') || !/^(package-\d+|dram)$/.test(name)) return [];
    return [{ folder, rangeMicrojoules: readNumber(source, join(folder, 'max_energy_range_uj')) ?? 2 ** 32 }];
  });
}

/** Null where there is no counter that may be read. */
function readEnergy(zones: readonly EnergyZone[], source: PowerSource): readonly number[] | null {
  const readings = zones.map(({ folder }) => readNumber(source, join(folder, 'energy_uj')));
  return zones.length > 0 && readings.every((reading) => reading !== null) ? readings : null;
}

function joulesBetween(
  before: readonly number[],
  after: readonly number[],
  zones: readonly EnergyZone[],
): number {
  return zones.reduce((sum, { rangeMicrojoules }, index) => {
    const used = after[index]! - before[index]!;
    return sum + (used < 0 ? used + rangeMicrojoules : used) / 1e6;
  }, 0);
}

const nvidiaEveryMs = 500;

function watchNvidia(): { stop(): readonly number[] } {
  const query = ['--query-gpu=power.draw', '--format=csv,noheader,nounits', `--loop-ms=${nvidiaEveryMs}`];
  const child = spawn('nvidia-smi', query, { stdio: ['ignore', 'pipe', 'ignore'], windowsHide: true });
  let text = '';
  child.on('error', () => undefined);
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return {
    stop: () => {
      child.kill('SIGKILL');
      return text
        .split('\n')
        .map((line) => Number(line.trim() || Number.NaN))
        .filter((watts) => watts > 0);
    },
  };
}
