// Requests about what this machine can train on, and the choice of a device where a request leaves it open.
import type { DeviceInfo } from '../../contract/answers.ts';
import { withSetting } from '../../contract/configFields.ts';
import { EngineError } from '../../contract/errors.ts';
import { presets } from '../../contract/presets.ts';
import type { RequestName, RequestPayload } from '../../contract/requests.ts';
import type { MeasuredRate } from '../../project/appData.ts';
import type { ExecutorId } from '../../runtime/executors.ts';
import { chooseDevice, type DeviceChoice } from '../devices/chooseDevice.ts';
import { isAnyRunTraining } from '../measure/otherTraining.ts';
import { buildConfig, type RunSettings } from '../training/runRequest.ts';
import type { RunConfig } from '../../contract/config.ts';
import type { HandlerCall, HandlersOf } from './handler.ts';

const { config: quick } = presets.quick;

async function listDevices({ app, devices }: HandlerCall): Promise<DeviceInfo[]> {
  const setting = app.readSettings().executor;
  const [found, rates] = await Promise.all([devices.list(), devices.rates()]);
  const choice = await chooseDevice(devices, { asked: 'auto', setting, config: quick });
  return found.map(({ name, ...device }) => ({
    ...device,
    deviceName: name,
    measured: rates.find(device.id, quick) ?? null,
    isDefault: device.id === choice.executor,
    because: device.id === choice.executor ? choice.because : null,
  }));
}

/** Times a device while no other long request computes. */
function measure(id: ExecutorId, config: RunConfig, call: HandlerCall): Promise<MeasuredRate> {
  const { devices, signal, emit } = call;
  return call.alone('the measurement of this machine', () =>
    devices.measure(id, config, { signal, onProgress: (progress) => emit('task.progress', progress) }, () =>
      isAnyRunTraining(call),
    ),
  );
}

async function choose(
  asked: string | undefined,
  config: RunConfig,
  mayMeasure: boolean,
  call: HandlerCall,
): Promise<DeviceChoice> {
  const { app, devices } = call;
  const options = { asked: asked ?? 'auto', setting: app.readSettings().executor, config };
  if (!mayMeasure) return chooseDevice(devices, options);
  return chooseDevice(devices, { ...options, measure: (id) => measure(id, config, call) });
}

/** Requests that say what a run shall be, and whether they may take the time to measure devices. */
const choosing: { readonly [Name in RequestName]?: boolean } = {
  'run.measure': true,
  'run.create': true,
  'run.forecast': false,
};

/** The payload with a device that can be used, and why it; unchanged for requests that need none. Throws executor.unavailable. */
export async function withChosenDevice<Name extends RequestName>(
  name: Name,
  payload: RequestPayload<Name>,
  call: HandlerCall,
): Promise<RequestPayload<Name>> {
  const mayMeasure = choosing[name];
  if (mayMeasure === undefined) return payload;
  const asked = payload as RunSettings;
  const { executor, because, isObvious } = await choose(asked.executor, buildConfig(asked), mayMeasure, call);
  return { ...payload, executor, because: asked.because ?? (isObvious ? undefined : because) };
}

export const deviceHandlers: HandlersOf<'device.list' | 'device.measure'> = {
  'device.list': ({ refresh }, call) => {
    if (refresh) call.devices.refresh();
    return listDevices(call);
  },
  'device.measure': async ({ executor: asked, preset = 'quick', precision = 'float32' }, call) => {
    const config = withSetting(presets[preset].config, 'optimizer.precision', precision);
    const { executor: id } = await choose(asked, config, false, call);
    const measured = await measure(id, config, call);
    const device = (await listDevices(call)).find((each) => each.id === id);
    if (!device) throw new EngineError('internal', `executor ${id} is gone`);
    return { ...device, measured };
  },
};
