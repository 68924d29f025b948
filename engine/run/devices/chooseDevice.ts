// Which device a run trains on where none is named: the fastest of those that can, as measured with the run's own shape.
import type { RunConfig } from '../../contract/config.ts';
import { EngineError, serializeError } from '../../contract/errors.ts';
import type { MeasuredRate } from '../../project/appData.ts';
import type { ExecutorId } from '../../runtime/executors.ts';
import { usualExecutor, type Devices, type FoundDevice } from './devices.ts';

export interface DeviceChoice {
  readonly executor: ExecutorId;
  /** Why, for a person: a whole sentence. */
  readonly because: string;
  /** Nothing else came into question, so nobody needs to be told with each run. */
  readonly isObvious: boolean;
}

export interface ChoiceOptions {
  /** An executor, or `auto`. */
  readonly asked: string;
  /** What the person set for the whole app: an executor, or `auto`. */
  readonly setting: string;
  readonly config: RunConfig;
  /** Times a device; without it only what was measured before counts. */
  readonly measure?: (id: ExecutorId) => Promise<MeasuredRate>;
}

/** Throws executor.unavailable where a device is asked for that cannot be used; a setting that cannot be used is passed over. */
export async function chooseDevice(devices: Devices, options: ChoiceOptions): Promise<DeviceChoice> {
  const { asked, setting } = options;
  if (asked !== 'auto') {
    // What computes everywhere needs no asking; all else may hang, so another process is asked first.
    if (asked !== usualExecutor) assertUsable(await devices.find(asked), options.config);
    return { executor: asked as ExecutorId, because: 'It was asked for.', isObvious: true };
  }
  const set = setting === 'auto' ? undefined : await findSet(devices, setting);
  if (set?.available && canCompute(set, options.config))
    return { executor: set.id, because: 'It is what the settings say.', isObvious: true };
  const choice = await chooseFastest(devices, options);
  if (setting === 'auto') return choice;
  const why = set?.available
    ? 'it computes no products of half precision.'
    : (set?.reason ?? 'there is none of that name');
  return {
    ...choice,
    because: `${choice.because} The settings name ${setting}, but: ${why}`,
    isObvious: false,
  };
}

/** Half precision that a device lacks would only make it slower; the processor rounds as one that has it, to compare. */
function canCompute({ id, halfPrecision }: FoundDevice, { optimizer }: RunConfig): boolean {
  return optimizer.precision === 'float32' || halfPrecision || id === usualExecutor;
}

function assertUsable(device: FoundDevice, config: RunConfig): void {
  const { id, available, reason, remedy } = device;
  if (available && !canCompute(device, config)) {
    throw new EngineError(
      'executor.unavailable',
      `${id}: It computes no products of half precision. Set optimizer.precision to float32, or train on another device.`,
      { details: { executor: id, precision: config.optimizer.precision } },
    );
  }
  if (available) return;
  throw new EngineError('executor.unavailable', [`${id}: ${reason}`, remedy].filter(Boolean).join(' '), {
    details: { executor: id, reason, remedy },
  });
}

async function findSet(devices: Devices, setting: string): Promise<FoundDevice | undefined> {
  try {
    return await devices.find(setting);
  } catch {
    // A setting of an older or newer Thimble.
    return undefined;
  }
}

/** Whether auto may choose a device at all: a reference is slow, and software is the processor by a longer way. */
export function isCandidate({ available, isReference, isSoftware }: FoundDevice): boolean {
  return available && !isReference && !isSoftware;
}

async function chooseFastest(devices: Devices, { config, measure }: ChoiceOptions): Promise<DeviceChoice> {
  const candidates = (await devices.list()).filter((each) => isCandidate(each) && canCompute(each, config));
  const others = candidates.filter(({ id }) => id !== usualExecutor);
  if (others.length === 0) {
    const because = 'It is the only device that can train here.';
    return { executor: usualExecutor, because, isObvious: true };
  }
  const rates = await devices.rates();
  const measured: { readonly device: FoundDevice; readonly rate: number }[] = [];
  const failed: string[] = [];
  let unmeasured = 0;
  for (const device of candidates) {
    try {
      const failure = devices.failureOf(device.id);
      if (failure !== undefined) {
        failed.push(`${device.label} failed: ${failure}`);
        continue;
      }
      const rate = rates.find(device.id, config) ?? (await measure?.(device.id));
      if (rate) measured.push({ device, rate: rate.imagesPerSecond });
      else unmeasured++;
    } catch (cause) {
      const { code, message } = serializeError(cause);
      if (code === 'cancelled') throw cause;
      failed.push(`${device.label} failed: ${message}`);
    }
  }
  const fastest = measured.reduce<(typeof measured)[number] | undefined>(
    (best, each) => (best && best.rate >= each.rate ? best : each),
    undefined,
  );
  if (!fastest || unmeasured > 0) {
    const because = unmeasured > 0 ? 'The others have not been measured with these settings yet.' : '';
    return {
      executor: usualExecutor,
      because: [because, ...failed].filter(Boolean).join(' '),
      isObvious: false,
    };
  }
  const because = [describeFastest(measured), ...failed].join(' ');
  return { executor: fastest.device.id, because, isObvious: false };
}

function describeFastest(
  measured: readonly { readonly device: FoundDevice; readonly rate: number }[],
): string {
  const falling = measured.toSorted((a, b) => b.rate - a.rate);
  const words = falling.map(({ device, rate }) => `${device.label} ${formatRate(rate)}`);
  if (words.length === 1) return `It is the only one that could be measured: ${words[0]} images/s.`;
  return `It is the fastest measured here with these settings: ${words.join(', ')} images/s.`;
}

const formatRate = (rate: number) => (rate < 10 ? rate.toFixed(1) : rate.toFixed(0));
