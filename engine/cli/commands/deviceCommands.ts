// thimble device …: what this machine can train on, whether it computes rightly, how fast.
import { messageOf } from '../../contract/errors.ts';
import type { Command } from 'commander';
import { precisions, type Precision } from '../../contract/config.ts';
import type { DeviceInfo } from '../../contract/answers.ts';
import { presetNames, type PresetName } from '../../contract/presets.ts';
import { checkDevices } from '../device/checkDevices.ts';
import { renderCheck } from '../device/checkText.ts';
import { formatBytes, formatNumber } from '../format.ts';
import { renderTable } from '../table.ts';
import type { AddCommands, WithSession } from './command.ts';

function describeRate({ measured }: DeviceInfo): string {
  if (!measured) return 'not measured';
  const rate = `${formatNumber(measured.imagesPerSecond, 3)} images/s with quick`;
  return measured.besideTraining ? `${rate}, while a run trained` : rate;
}

function describeName({ label, deviceName, backend, driver }: DeviceInfo): string {
  const how = [backend, driver === null ? null : `driver ${driver}`].filter((part) => part !== null);
  const name = deviceName === null ? label : `${label}: ${deviceName}`;
  return how.length === 0 ? name : `${name} (${how.join(', ')})`;
}

function describeState({ available, isSoftware, isReference }: DeviceInfo): string {
  if (!available) return 'not available';
  if (isSoftware) return 'software';
  return isReference ? 'reference' : 'available';
}

/** What is wrong with a device and what to do about it, or why it is never chosen; nothing for one that is well. */
function explainState({ id, available, reason, remedy, isSoftware, isReference }: DeviceInfo): string[] {
  if (!available) {
    const todo = remedy === null ? '' : ` To do: ${remedy}`;
    return [`${id}: ${reason ?? 'It is not available.'}${todo}`];
  }
  if (isSoftware) return [`${id}: A program on the processor, no graphics card: auto never chooses it.`];
  return isReference ? [`${id}: Slow, there to compare others with: auto never chooses it.`] : [];
}

/** Executors as a table, and which new runs use. */
export function renderDevices(devices: readonly DeviceInfo[]): string {
  const table = renderTable(
    [
      { title: 'device' },
      { title: 'what it is' },
      { title: 'memory', align: 'right' },
      { title: 'speed' },
      { title: 'state' },
    ],
    devices.map((device) => [
      device.id,
      describeName(device),
      device.memoryBytes === null ? '–' : formatBytes(device.memoryBytes),
      describeRate(device),
      describeState(device),
    ]),
  );
  const usual = devices.find(({ isDefault }) => isDefault);
  const choice = usual ? [`New runs use ${usual.id}. ${usual.because ?? ''}`.trimEnd()] : [];
  return [table, '', ...devices.flatMap(explainState), ...choice].join('\n').trimEnd();
}

/** Adds the group `device`. */
export const addDeviceCommands: AddCommands = (program, withSession) => {
  const device = program.command('device').description('What this machine can train on.');
  device
    .command('list')
    .description('Every device: what it is, or why it cannot be used and what to do about it.')
    .action((_options, command) =>
      withSession(command, async (session) => {
        session.print(await session.request('device.list', {}), renderDevices);
      }),
    );
  device
    .command('measure')
    .description('Time training on a device; auto then chooses by it.')
    .argument('[device]', 'see thimble device list; default: what new runs use', 'auto')
    .option('--preset <name>', presetNames.join(', '))
    .action((executor: string, { preset }: { preset?: PresetName }, command) =>
      withSession(command, async (session) => {
        const measured = await session.request('device.measure', { executor, preset });
        session.print(measured, (found) => renderDevices([found]));
      }),
    );
  addBench(device, withSession);
  addCheck(device, withSession);
};

/** One row of the bench: images a second with a preset, or why there is no number. */
interface BenchCell {
  readonly device: string;
  readonly preset: PresetName;
  readonly precision: Precision;
  readonly imagesPerSecond: number | null;
  readonly stepMs: number | null;
  readonly error: string | null;
}

function renderBench(cells: readonly BenchCell[]): string {
  return renderTable(
    [
      { title: 'device' },
      { title: 'preset' },
      { title: 'precision' },
      { title: 'images/s', align: 'right' },
      { title: 'ms a step', align: 'right' },
      { title: 'note' },
    ],
    cells.map(({ device, preset, precision, imagesPerSecond, stepMs, error }) => [
      device,
      preset,
      precision,
      imagesPerSecond === null ? '–' : formatNumber(imagesPerSecond, 3),
      stepMs === null ? '–' : stepMs.toFixed(0),
      error ?? '',
    ]),
  );
}

function addBench(device: Command, withSession: WithSession): void {
  device
    .command('bench')
    .description(
      'Images a second of each preset on each device that can train here, in mixed precision too where it has it.',
    )
    .option('--preset <names>', 'comma-separated; default: quick, standard and thorough', (text) =>
      text.split(','),
    )
    .action(({ preset }: { preset?: string[] }, command) =>
      withSession(command, async (session) => {
        const wanted = presetNames.filter((name) => preset?.includes(name) ?? name !== 'paper');
        const devices = await session.request('device.list', {});
        const cells: BenchCell[] = [];
        for (const { id, halfPrecision } of devices.filter(
          ({ available, isReference }) => available && !isReference,
        )) {
          for (const name of wanted) {
            for (const precision of precisions) {
              if (precision === 'mixed' && !halfPrecision) continue;
              session.say(`Timing ${name} (${precision}) on ${id} …`);
              cells.push(await benchOne(id, name, precision));
            }
          }
        }
        session.print(cells, renderBench);
        if (cells.some(({ error }) => error !== null)) process.exitCode = 1;

        async function benchOne(
          executor: string,
          preset: PresetName,
          precision: Precision,
        ): Promise<BenchCell> {
          const cell = { device: executor, preset, precision };
          try {
            const { measured } = await session.request('device.measure', { executor, preset, precision });
            const { imagesPerSecond = null, stepMs = null } = measured ?? {};
            return { ...cell, imagesPerSecond, stepMs, error: null };
          } catch (cause) {
            // One that fails is a row; the others are still worth knowing.
            if (session.signal.aborted) throw cause;
            const error = messageOf(cause);
            return { ...cell, imagesPerSecond: null, stepMs: null, error };
          }
        }
      }),
    );
}

function addCheck(device: Command, withSession: WithSession): void {
  device
    .command('check')
    .description(
      'Whether each device computes what it should: reference values of the official implementation, and 50 training steps beside those of the processor.',
    )
    .option('--device <ids>', 'comma-separated; default: all that are available', (text) => text.split(','))
    .option('--files <paths...>', 'safetensors files of reference values; default: those beside the program')
    .action((options: { device?: string[]; files?: string[] }, command) =>
      withSession(command, async (session) => {
        const devices = await session.request('device.list', {});
        const report = await checkDevices(devices, {
          ...options,
          signal: session.signal,
          say: (sentence) => session.say(sentence),
        });
        session.print(report, renderCheck);
        if (!report.passed) process.exitCode = 1;
      }),
    );
}
