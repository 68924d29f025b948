// thimble run measure, device measure: what training costs on this machine.
import type { Command } from 'commander';
import type { DeviceInfo } from '../../contract/answers.ts';
import type { MeasuredCost } from '../../contract/cost.ts';
import { formatBytes, formatCount, formatDuration, formatNumber } from '../format.ts';
import { renderTable } from '../table.ts';
import { parseId, type WithSession } from './command.ts';
import { addRunOptions, toRunSettings, type RunOptions } from './runOptions.ts';

/** A step's time, finely enough to compare two. */
const formatStep = (stepMs: number) =>
  stepMs < 10_000 ? `${formatCount(stepMs)} ms` : `${formatNumber(stepMs / 1000)} s`;

const besideNote = 'Measured while a run trained on this machine; alone it is faster.';

function renderCost({ cost, forecast }: MeasuredCost): string {
  const range = `${formatDuration(forecast.leastMs)} to ${formatDuration(forecast.mostMs)}`;
  const rows = [
    ['device', cost.device],
    [
      'step',
      `${formatStep(cost.stepMs)} (${formatStep(cost.fastestStepMs)} to ${formatStep(cost.slowestStepMs)}, ` +
        `${cost.measuredSteps} measured), ${formatNumber(cost.imagesPerSecond)} images/s`,
    ],
    [
      'whole run',
      `${formatDuration(forecast.totalMs)} (${range}): ${formatCount(forecast.totalSteps)} steps, ${formatNumber(forecast.epochs)} epochs`,
    ],
    ['memory', `${formatBytes(cost.peakMemoryBytes)} of ${formatBytes(cost.machineMemoryBytes)}`],
    ['disk', `${formatBytes(cost.diskBytes)}; ${formatBytes(cost.freeDiskBytes)} are free`],
  ];
  const table = renderTable([{ title: 'what' }, { title: 'measured' }], rows);
  return cost.besideTraining ? `${table}\n\n${besideNote}` : table;
}

/** Adds `measure` to the group `run`. */
export function addMeasureCommand(run: Command, withSession: WithSession): void {
  const measure = run
    .command('measure')
    .description('Measure what a run will cost on this machine: time, memory, disk.')
    .argument('<split>', 'its number', parseId)
    .option('--again', 'measure even where the same was measured before');
  addRunOptions(measure).action((split: number, options: RunOptions & { again?: boolean }, command) =>
    withSession(command, async (session) => {
      const asked = { project: session.project, split, ...toRunSettings(options), again: options.again };
      session.print(await session.request('run.measure', asked), renderCost);
    }),
  );
}

function describeRate({ measured }: DeviceInfo): string {
  if (!measured) return 'not measured';
  const rate = `${formatNumber(measured.imagesPerSecond)} images/s with the quick preset`;
  return measured.besideTraining ? `${rate}, measured while a run trained` : rate;
}

/** Executors as a table. */
export function renderDevices(devices: readonly DeviceInfo[]): string {
  return renderTable(
    [
      { title: 'executor' },
      { title: 'what it is' },
      { title: 'state' },
      { title: 'speed' },
      { title: 'new runs' },
    ],
    devices.map((device) => [
      device.id,
      device.deviceName === null ? device.label : `${device.label}: ${device.deviceName}`,
      device.available
        ? 'available'
        : [device.reason ?? 'not available', device.remedy ?? []].flat().join(' '),
      describeRate(device),
      device.isDefault ? 'use it' : '',
    ]),
  );
}

/** Adds `measure` to the group `device`. */
export function addDeviceMeasureCommand(device: Command, withSession: WithSession): void {
  device
    .command('measure')
    .description('Time training on an executor; the fastest measured one becomes the default.')
    .argument('[executor]', 'see thimble device list; default: what new runs use', 'auto')
    .action((executor: string, _options, command) =>
      withSession(command, async (session) => {
        session.print(await session.request('device.measure', { executor }), (found) =>
          renderDevices([found]),
        );
      }),
    );
}
