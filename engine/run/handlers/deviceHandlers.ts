// Requests about what this machine can train on.
import type { DeviceInfo } from '../../contract/answers.ts';
import type { TaskProgress } from '../../contract/contract.ts';
import { EngineError } from '../../contract/errors.ts';
import { listExecutors, type ExecutorDescription } from '../../runtime/executors.ts';
import { chooseExecutor, findDefaultExecutor, rateName } from '../measure/chooseExecutor.ts';
import { nameProcessor } from '../measure/machine.ts';
import { measureDevice } from '../measure/measureDevice.ts';
import { watchingForTraining } from '../measure/otherTraining.ts';
import type { HandlerCall, HandlersOf } from './handler.ts';

async function listDevices({ app }: HandlerCall): Promise<DeviceInfo[]> {
  const known = await listExecutors();
  const usual = findDefaultExecutor(known, app);
  const rates = app.deviceRates.read();
  return known.map(({ id, label, kind, available, reason, remedy }: ExecutorDescription) => ({
    id,
    label,
    kind,
    deviceName: kind === 'cpu' ? nameProcessor() : null,
    available,
    reason: reason ?? null,
    remedy: remedy ?? null,
    measured: rates[rateName(id)] ?? null,
    isDefault: id === usual,
  }));
}

export const deviceHandlers: HandlersOf<'device.list' | 'device.measure'> = {
  'device.list': (_payload, call) => listDevices(call),
  'device.measure': async ({ executor: asked }, call) => {
    const { app, emit, signal } = call;
    const id = await chooseExecutor(asked, app);
    const onProgress = (progress: TaskProgress) => emit('task.progress', progress);
    const timed = await watchingForTraining(call, undefined, () => measureDevice(id, { signal, onProgress }));
    const rate = { ...timed.result, besideTraining: timed.besideTraining };
    app.deviceRates.update((rates) => ({ ...rates, [rateName(id)]: rate }));
    const device = (await listDevices(call)).find((each) => each.id === id);
    if (!device) throw new EngineError('internal', `executor ${id} is gone`);
    return device;
  },
};
