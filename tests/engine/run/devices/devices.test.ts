// Devices that hang, crash, are absent or lie: the engine stays up, and says of each what is wrong and what to do.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { presets } from '../../../../engine/contract/presets.ts';
import { AppData } from '../../../../engine/project/appData.ts';
import type { DeviceOrder, DeviceReply } from '../../../../engine/run/devices/deviceMessages.ts';
import { chooseDevice } from '../../../../engine/run/devices/chooseDevice.ts';
import { Devices, type DevicesOptions } from '../../../../engine/run/devices/devices.ts';
import { Engine } from '../../../../engine/run/engine.ts';
import type { ChildHandle, SpawnProcess } from '../../../../engine/run/processes/childProcess.ts';
import type { SystemAdapter } from '../../../../engine/runtime/discovery/adapterParsers.ts';
import type { ExecutorId } from '../../../../engine/runtime/executors.ts';

const root = mkdtempSync(join(tmpdir(), 'thimble-devices-'));
const engines: Engine[] = [];
afterEach(() => {
  for (const engine of engines.splice(0)) engine.close();
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

type Says = DeviceReply<unknown>;
/** What a process does with its order: says something, dies, or nothing at all. */
type Behaviour = (order: DeviceOrder, act: { say(reply: Says): void; die(how: string): void }) => void;

const hangs: Behaviour = () => undefined;
const crashes: Behaviour = (_order, { die }) => die('SIGSEGV');
const works =
  (imagesPerSecond = 100, device?: object): Behaviour =>
  (order, { say }) => {
    const rate = { stepMs: 32_000 / imagesPerSecond, imagesPerSecond, atMs: 1 };
    say({ kind: 'result', result: order.kind === 'probe' ? { device } : rate });
  };

interface FakeMachine {
  readonly spawnProcess: SpawnProcess;
  readonly orders: DeviceOrder[];
  readonly killed: ExecutorId[];
}

/** Processes that behave as their executor is told to. */
function machineOf(behaviours: Partial<Record<ExecutorId, Behaviour>>): FakeMachine {
  const orders: DeviceOrder[] = [];
  const killed: ExecutorId[] = [];
  const spawnProcess: SpawnProcess = (): ChildHandle => {
    let listener: (message: unknown) => void = () => undefined;
    let order: DeviceOrder | undefined;
    const { promise: ended, resolve: die } = Promise.withResolvers<string>();
    return {
      pid: null,
      post: (message) => {
        order = message as DeviceOrder;
        orders.push(order);
        const act = { say: (reply: Says) => listener(reply), die };
        setImmediate(() => (behaviours[order!.executor] ?? works())(order!, act));
      },
      onMessage: (hear) => void (listener = hear),
      ended,
      kill: () => {
        if (order) killed.push(order.executor);
      },
    };
  };
  return { spawnProcess, orders, killed };
}

const known: DevicesOptions['executors'] = () => [
  { id: 'compiled-cpu', label: 'CPU', kind: 'cpu', isReference: false },
  { id: 'eager-cpu', label: 'Reference', kind: 'cpu', isReference: true },
  { id: 'eager-tensorflow', label: 'Card', kind: 'gpu', isReference: false },
];
const radeon: SystemAdapter = {
  name: 'AMD Radeon 780M',
  vendor: 'AMD',
  driver: 'radv 24',
  memoryBytes: 2 ** 32,
  isSoftware: false,
};
const llvmpipe: SystemAdapter = { ...radeon, name: 'llvmpipe', vendor: null, isSoftware: true };

let folders = 0;
function devicesOf(
  behaviour: Behaviour,
  { adapters = [radeon], folder = join(root, String(folders++)) } = {},
): { devices: Devices; machine: FakeMachine; folder: string } {
  const machine = machineOf({ 'eager-tensorflow': behaviour });
  const devices = new Devices({
    app: new AppData(folder),
    spawnProcess: machine.spawnProcess,
    probeMs: 200,
    listAdapters: async () => adapters,
    executors: known,
  });
  return { devices, machine, folder };
}

const { config } = presets.quick;
const auto = { asked: 'auto', setting: 'auto', config } as const;
const measuring = (devices: Devices) => ({
  ...auto,
  measure: (id: ExecutorId) => devices.measure(id, config, {}),
});

describe('a device', () => {
  test('whose driver hangs is left after the limit, and said to', async () => {
    const { devices, machine } = devicesOf(hangs);
    const startedMs = performance.now();
    const card = await devices.find('eager-tensorflow');
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    expect(card).toMatchObject({ available: false, reason: 'It did not answer in 0 s; its driver hangs.' });
    expect(card.remedy).toContain('Restart the computer');
    expect(machine.killed).toEqual(['eager-tensorflow']);
  });

  test('whose driver crashes takes nothing with it; the others are found all the same', async () => {
    const { devices } = devicesOf(crashes);
    const [cpu, , card] = await devices.list();
    expect(cpu).toMatchObject({ available: true, name: expect.stringContaining('core') });
    expect(card).toMatchObject({
      available: false,
      reason: 'Its driver crashed (SIGSEGV).',
      remedy: 'Update the driver of this device.',
    });
  });

  test('that is not there says why and what to do', async () => {
    const obstacle = { reason: 'The library is not installed.', remedy: 'Run the setup.' };
    const { devices } = devicesOf((_order, { say }) => say({ kind: 'result', result: { obstacle } }));
    expect(await devices.find('eager-tensorflow')).toMatchObject({ available: false, ...obstacle });
  });

  test('is named by its provider, else by the system; the system fills in driver and memory', async () => {
    const told = { name: 'Radeon 780M (AMD)', vendor: 'AMD', backend: 'Vulkan', memoryBytes: null };
    const { devices } = devicesOf(works(100, told), { adapters: [radeon, llvmpipe] });
    expect(await devices.find('eager-tensorflow')).toMatchObject({
      name: 'Radeon 780M (AMD)',
      backend: 'Vulkan',
      driver: 'radv 24',
      memoryBytes: 2 ** 32,
      isSoftware: false,
    });
    const untold = devicesOf(works(), { adapters: [radeon, llvmpipe] });
    expect(await untold.devices.find('eager-tensorflow')).toMatchObject({ name: 'AMD Radeon 780M' });
  });

  test.each([
    [
      'by its provider',
      works(1e6, { name: 'SwiftShader Device', vendor: 'Google', backend: 'Vulkan' }),
      [radeon],
    ],
    ['because the system has no other', works(1e6), [llvmpipe]],
  ])(
    'that is software is known as such %s, and never chosen by itself',
    async (_how, behaviour, adapters) => {
      const { devices } = devicesOf(behaviour, { adapters });
      expect(await devices.find('eager-tensorflow')).toMatchObject({ available: true, isSoftware: true });
      expect(await chooseDevice(devices, measuring(devices))).toMatchObject({ executor: 'compiled-cpu' });
    },
  );

  test('is asked once a session, and again when asked to look again', async () => {
    const { devices, machine } = devicesOf(works());
    await Promise.all([devices.list(), devices.list()]);
    expect(machine.orders).toHaveLength(3);
    devices.refresh();
    await devices.list();
    expect(machine.orders).toHaveLength(6);
  });
});

describe('the choice of a device', () => {
  test('falls on the fastest, measured with the settings of the run, and is remembered', async () => {
    const { devices, folder } = devicesOf(works(400));
    expect(await chooseDevice(devices, auto)).toMatchObject({ executor: 'compiled-cpu' });
    const choice = await chooseDevice(devices, measuring(devices));
    expect(choice.executor).toBe('eager-tensorflow');
    expect(choice.because).toBe(
      'It is the fastest measured here with these settings: Card 400, CPU 100 images/s.',
    );
    const later = devicesOf(works(400), { folder });
    expect((await chooseDevice(later.devices, auto)).executor).toBe('eager-tensorflow');
    expect(later.machine.orders.filter(({ kind }) => kind === 'measure')).toEqual([]);
    const wider = { ...config, model: { ...config.model, embedDim: 256 } };
    expect((await chooseDevice(later.devices, { ...auto, config: wider })).executor).toBe('compiled-cpu');
  });

  test('is made anew when the driver changes', async () => {
    const { devices, folder } = devicesOf(works(400));
    await chooseDevice(devices, measuring(devices));
    const updated = devicesOf(works(50), { folder, adapters: [{ ...radeon, driver: 'radv 25' }] });
    const choice = await chooseDevice(updated.devices, measuring(updated.devices));
    expect(choice.executor).toBe('compiled-cpu');
    expect(updated.machine.orders.filter(({ kind }) => kind === 'measure')).toHaveLength(2);
  });

  test('passes over one that fails while it is measured, says so, and does not try it again at once', async () => {
    const dies: Behaviour = (order, act) =>
      order.kind === 'probe' ? works()(order, act) : act.die('SIGSEGV');
    const { devices, machine } = devicesOf(dies);
    const choice = await chooseDevice(devices, measuring(devices));
    expect(choice.executor).toBe('compiled-cpu');
    expect(choice.because).toContain('Card failed: Its driver crashed (SIGSEGV).');
    const before = machine.orders.length;
    await chooseDevice(devices, measuring(devices));
    expect(machine.orders).toHaveLength(before);
  });

  test('tries fewer images at once on a device whose memory does not hold the batch', async () => {
    const small: Behaviour = (order, act) => {
      const isTooLarge = order.kind === 'measure' && (order.config.optimizer.microBatch || 32) > 8;
      if (!isTooLarge) return works(50)(order, act);
      const error = { code: 'executor.failed', message: 'Failed to allocate memory', details: {} } as const;
      act.say({ kind: 'error', error });
    };
    const { devices, machine } = devicesOf(small);
    await devices.measure('eager-tensorflow', config, {});
    const tried = machine.orders.flatMap((order) =>
      order.kind === 'measure' ? [order.config.optimizer.microBatch] : [],
    );
    expect(tried).toEqual([0, 16, 8]);
  });

  test('for mixed precision passes over and refuses what has no half precision, but for the processor', async () => {
    const mixed = { ...config, optimizer: { ...config.optimizer, precision: 'mixed' as const } };
    const fast: Behaviour = (order, { say }) =>
      order.kind === 'probe'
        ? say({ kind: 'result', result: { halfPrecision: true } })
        : works(400)(order, { say, die: () => undefined });
    const card = { ...auto, asked: 'eager-tensorflow', config: mixed };
    const without = devicesOf(works(400)).devices;
    await expect(chooseDevice(without, card)).rejects.toThrow('Set optimizer.precision to float32');
    expect(await chooseDevice(without, { ...auto, config: mixed })).toMatchObject({
      executor: 'compiled-cpu',
    });
    const { devices } = devicesOf(fast);
    expect(await devices.find('eager-tensorflow')).toMatchObject({ halfPrecision: true });
    expect(await chooseDevice(devices, card)).toMatchObject({ executor: 'eager-tensorflow' });
    // What was measured in float32 says nothing about it.
    await devices.measure('eager-tensorflow', config, {});
    expect((await devices.rates()).find('eager-tensorflow', mixed)).toBeUndefined();
  });

  test('by name is refused where it cannot be used, and obeyed where it can', async () => {
    const { devices } = devicesOf(crashes);
    await expect(chooseDevice(devices, { ...auto, asked: 'eager-tensorflow' })).rejects.toMatchObject({
      code: 'executor.unavailable',
      message: 'eager-tensorflow: Its driver crashed (SIGSEGV). Update the driver of this device.',
    });
    const reference = await chooseDevice(devices, { ...auto, asked: 'eager-cpu' });
    expect(reference.executor).toBe('eager-cpu');
    const set = await chooseDevice(devices, { ...auto, setting: 'eager-tensorflow' });
    expect(set.executor).toBe('compiled-cpu');
    expect(set.because).toContain('The settings name eager-tensorflow, but: Its driver crashed');
  });
});

describe('the engine', () => {
  test('answers all else while a driver hangs for a minute, and then says which one it was', async () => {
    const machine = machineOf({ 'eager-tensorflow': hangs });
    const engine = new Engine({
      tasks: 'process',
      spawnProcess: machine.spawnProcess,
      dataFolder: join(root, 'engine'),
      devices: { probeMs: 1_500, listAdapters: async () => [radeon], executors: known },
    });
    engines.push(engine);
    let isListed = false;
    const listing = engine.request('device.list', {}).finally(() => (isListed = true));
    for (let i = 0; i < 5; i++) {
      await engine.request('settings.show', {});
      await sleep(10);
    }
    expect(isListed).toBe(false);
    const devices = await listing;
    expect(devices.map(({ id, available }) => [id, available])).toEqual([
      ['compiled-cpu', true],
      ['eager-cpu', true],
      ['eager-tensorflow', false],
    ]);
    expect(devices[2]!.reason).toBe('It did not answer in 2 s; its driver hangs.');
    const again = await engine.request('device.list', { refresh: true });
    expect(again[2]!.reason).toContain('did not answer');
  });

  test('gives up measuring a device at once, and ends its process', async () => {
    const silent: Behaviour = (order, act) => (order.kind === 'probe' ? works()(order, act) : undefined);
    const machine = machineOf({ 'compiled-cpu': silent });
    const engine = new Engine({
      spawnProcess: machine.spawnProcess,
      dataFolder: join(root, 'cancelled'),
      devices: { listAdapters: async () => [], executors: known },
    });
    engines.push(engine);
    const abort = new AbortController();
    const measured = engine.request('device.measure', { executor: 'compiled-cpu' }, { signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await expect(measured).rejects.toMatchObject({ code: 'cancelled' });
    expect(machine.killed).toContain('compiled-cpu');
  });
});
