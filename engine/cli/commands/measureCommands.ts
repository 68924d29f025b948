// thimble run measure: what a run will cost on this machine.
import type { Command } from 'commander';
import type { MeasuredCost, RunCost } from '../../contract/cost.ts';
import { formatBytes, formatCount, formatDuration, formatNumber } from '../format.ts';
import { renderTable } from '../table.ts';
import { parseId, type WithSession } from './command.ts';
import { addRunOptions, toRunSettings, type RunOptions } from './runOptions.ts';

/** A step's time, finely enough to compare two. */
const formatStep = (stepMs: number) =>
  stepMs < 10_000 ? `${formatCount(stepMs)} ms` : `${formatNumber(stepMs / 1000)} s`;

const besideNote = 'Measured while a run trained on this machine; alone it is faster.';

function describeEnergy({ cost, forecast }: MeasuredCost): string {
  if (!cost.power || !forecast.energy) return 'this system does not tell its power';
  const { kwh, leastKwh, mostKwh } = forecast.energy;
  const range = `${formatNumber(leastKwh, 3)} to ${formatNumber(mostKwh, 3)}`;
  return `${formatNumber(kwh, 3)} kWh (${range}), ${formatNumber(cost.power.watts, 3)} W: ${cost.power.covers}`;
}

function describeMemory({ peakMemoryBytes, machineMemoryBytes, batchSize, imagesAtOnce }: RunCost): string {
  const used = `${formatBytes(peakMemoryBytes)} of ${formatBytes(machineMemoryBytes)}`;
  return imagesAtOnce === batchSize ? used : `${used}; ${imagesAtOnce} of ${batchSize} images at a time`;
}

function renderCost(measured: MeasuredCost): string {
  const { cost, forecast, because } = measured;
  const range = `${formatDuration(forecast.leastMs)} to ${formatDuration(forecast.mostMs)}`;
  const rows = [
    ['device', because === null ? cost.device : `${cost.device}. ${because}`],
    [
      'step',
      `${formatStep(cost.stepMs)} (${formatStep(cost.leastStepMs)} to ${formatStep(cost.mostStepMs)}: 95 % interval ` +
        `of the mean of ${cost.measuredSteps}), ${formatNumber(cost.imagesPerSecond)} images/s`,
    ],
    [
      'whole run',
      `${formatDuration(forecast.totalMs)} (${range}): ${formatCount(forecast.totalSteps)} steps, ${formatNumber(forecast.epochs)} epochs`,
    ],
    ['memory', describeMemory(cost)],
    ['disk', `${formatBytes(cost.diskBytes)}; ${formatBytes(cost.freeDiskBytes)} are free`],
    ['energy', describeEnergy(measured)],
  ];
  const table = renderTable([{ title: 'what' }, { title: 'measured' }], rows);
  return cost.besideTraining ? `${table}\n\n${besideNote}` : table;
}

/** Adds `measure` to the group `run`. */
export function addMeasureCommand(run: Command, withSession: WithSession): void {
  const measure = run
    .command('measure')
    .description('A dry run: what a run will cost on this machine in time, memory, disk and energy.')
    .argument('<split>', 'its number', parseId)
    .option('--again', 'measure even where the same was measured before');
  addRunOptions(measure).action((split: number, options: RunOptions & { again?: boolean }, command) =>
    withSession(command, async (session) => {
      const asked = { project: session.project, split, ...toRunSettings(options), again: options.again };
      session.print(await session.request('run.measure', asked), renderCost);
    }),
  );
}
