// The main process from its beginning, on a stand-in for Electron: that the parts are joined as they should be.
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { eventually } from '../eventually.ts';
import { createFakeElectron, FakePort, type FakeUtility } from './fakeElectron.ts';

type Fake = ReturnType<typeof createFakeElectron>;
let world: Fake;

/** process.resourcesPath is Electron's; the licences' place is made of it. */
beforeEach(async () => {
  vi.resetModules();
  world = createFakeElectron();
  vi.doMock('electron', () => world.electron);
  Object.assign(process, { resourcesPath: '/resources' });
  await import('../../electron/main/main.ts');
  await eventually(() => expect(world.windows.length).toBe(1));
});
afterEach(() => vi.restoreAllMocks());

const ownFrame = { url: 'app://thimble/#/home', parent: null };

function invoke(name: string, payload: unknown, frame: object | null = ownFrame, sender?: unknown) {
  const event = { sender: sender ?? world.windows[0]!.webContents, senderFrame: frame };
  return world.invocations.get(name)!(event, payload);
}

function engineOf(utility: FakeUtility) {
  const asked = (kind: string) => utility.posted.filter(({ message }) => message.kind === kind);
  const answer = (training: number) => {
    const { id } = asked('ask').at(-1)!.message;
    utility.emit('message', { kind: 'answer', id, answer: { training, waiting: 0 } });
  };
  return { asked, answer };
}

function closeWindow(): boolean {
  let isPrevented = false;
  world.windows[0]!.emit('close', { preventDefault: () => (isPrevented = true) });
  return isPrevented;
}

describe('the main process', () => {
  test('opens one locked-down window on its own page', () => {
    const [window] = world.windows;
    expect(window!.url).toBe('app://thimble/');
    expect(window!.options).toMatchObject({ minWidth: 1024, minHeight: 700, show: false });
    expect(window!.options.webPreferences).toMatchObject({
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
      devTools: false,
    });
    expect(world.app.switches).toContainEqual(['host-resolver-rules', 'MAP * ~NOTFOUND']);
    expect(world.app.enableSandbox).toHaveBeenCalled();
  });

  test('lets nothing through but the app itself', () => {
    const { handlers } = world.session;
    const isCancelled = (url: string) => {
      let result: boolean | undefined;
      handlers['request']!(
        { url } as never,
        ((answer: { cancel: boolean }) => (result = answer.cancel)) as never,
      );
      return result;
    };
    expect(isCancelled('app://thimble/assets/a.js')).toBe(false);
    expect(isCancelled('https://example.org/')).toBe(true);
    expect(isCancelled('devtools://devtools/a')).toBe(true);
    expect(handlers['check']!(null as never, 'geolocation' as never, 'app://thimble/' as never)).toBe(false);
    expect(handlers['device']!()).toBe(false);
    const { webContents } = world.windows[0]!;
    expect(webContents.openHandler!({ url: 'app://thimble/' })).toEqual({ action: 'deny' });
    const isPrevented = (name: string, details: object) => {
      let result = false;
      webContents.emit(name, { ...details, preventDefault: () => (result = true) });
      return result;
    };
    expect(isPrevented('will-frame-navigate', { url: 'https://example.org/', isMainFrame: true })).toBe(true);
    expect(isPrevented('will-frame-navigate', { url: 'app://thimble/', isMainFrame: false })).toBe(true);
    expect(isPrevented('will-frame-navigate', { url: 'app://thimble/', isMainFrame: true })).toBe(false);
    expect(isPrevented('will-attach-webview', {})).toBe(true);
  });

  test('hands the page a port to the engine, and another when the engine was started again', async () => {
    const { webContents } = world.windows[0]!;
    expect(await invoke('engine.connect', {})).toEqual({ kind: 'result', result: undefined });
    const ports = () => webContents.sent.filter(({ name }) => name === 'engine.port');
    expect(ports().length).toBe(1);
    const engineEnd = engineOf(world.utilities[0]!).asked('connect').at(-1)!.ports[0]!;
    const received: unknown[] = [];
    engineEnd.on('message', ({ data }: { data: unknown }) => received.push(data));
    (ports()[0]!.ports[0] as FakePort).postMessage({ kind: 'cancel', id: 1 });
    expect(received).toEqual([{ kind: 'cancel', id: 1 }]);
    vi.spyOn(console, 'error').mockImplementation(() => undefined);
    world.utilities[0]!.emit('exit', 1);
    expect(webContents.sent.at(-1)!.name).toBe('engine.lost');
    await eventually(() => expect(ports().length).toBe(2));
    expect(world.utilities.length).toBe(2);
  });

  test('takes calls from its own page alone, and only of the right kind', async () => {
    const refused = [
      await invoke('theme.set', { theme: 'dark' }, { url: 'https://example.org/', parent: null }),
      await invoke('theme.set', { theme: 'dark' }, { url: 'app://thimble/', parent: {} }),
      await invoke('theme.set', { theme: 'dark' }, null),
      await invoke('theme.set', { theme: 'dark' }, ownFrame, {}),
      await invoke('theme.set', { theme: 'loud' }),
    ];
    for (const outcome of refused)
      expect(outcome).toMatchObject({ kind: 'error', error: { code: 'request.invalid' } });
    expect(world.electron.nativeTheme.themeSource).toBe('system');
    await invoke('theme.set', { theme: 'dark' });
    expect(world.electron.nativeTheme.themeSource).toBe('dark');
  });

  test('begins each dialog where the last one ended, unless told where', async () => {
    const { showOpenDialog, showSaveDialog } = world.electron.dialog;
    const start = (dialog: typeof showOpenDialog) => dialog.mock.lastCall![1].defaultPath;
    showOpenDialog.mockResolvedValue({ filePaths: [join('/images', 'pollen')] });
    showSaveDialog.mockResolvedValue({ canceled: false, filePath: join('/tables', 'a.csv') });
    const choose = (startIn?: string) => invoke('dialog.chooseFolder', { title: 'Images', startIn });
    await choose();
    expect(start(showOpenDialog)).toBeUndefined();
    await choose();
    expect(start(showOpenDialog)).toBe(join('/images'));
    await choose('/elsewhere');
    expect(start(showOpenDialog)).toBe('/elsewhere');
    const save = () =>
      invoke('dialog.chooseSavePath', { title: 'Save', suggestedName: 'b.csv', kind: 'csv' });
    await save();
    await save();
    expect(start(showSaveDialog)).toBe(join('/tables', 'b.csv'));
  });

  test('lets the system wait with shutting down until the checkpoint is written', async () => {
    const event = { preventDefault: vi.fn() };
    world.electron.powerMonitor.emit('shutdown', event);
    expect(event.preventDefault).toHaveBeenCalled();
    const { asked, answer } = engineOf(world.utilities[0]!);
    expect(asked('ask').at(-1)!.message).toMatchObject({ question: 'pauseTraining' });
    expect(world.app.quitCount).toBe(0);
    answer(0);
    await eventually(() => expect(world.app.quitCount).toBe(1));
  });

  test('starts trainers for the engine, and carries their words', async () => {
    const [engine] = world.utilities;
    engine!.emit('message', {
      kind: 'child.start',
      child: 1,
      bundle: 'trainer.mjs',
      args: ['/project', '1'],
      logFile: '/nowhere/trainer.log',
      outlives: true,
    });
    const trainer = world.utilities[1]!;
    expect(trainer.file).toMatch(/trainer\.mjs$/);
    trainer.emit('message', { kind: 'progress' });
    trainer.end(0);
    await eventually(() =>
      expect(engine!.posted.slice(-2).map(({ message }) => message)).toEqual([
        { kind: 'child.message', child: 1, message: { kind: 'progress' } },
        { kind: 'child.ended', child: 1, how: 'exit code 0' },
      ]),
    );
  });

  test.skipIf(process.platform === 'darwin')(
    'asks before it closes on a run, and pauses when told to',
    async () => {
      await invoke('engine.connect', {});
      const { asked, answer } = engineOf(world.utilities[0]!);
      expect(closeWindow()).toBe(true);
      answer(1);
      const { webContents } = world.windows[0]!;
      await eventually(() => expect(webContents.sent.at(-1)!.name).toBe('close.asked'));
      expect(world.app.quitCount).toBe(0);
      await invoke('close.answer', { answer: 'stop' });
      await eventually(() =>
        expect(asked('ask').at(-1)!.message).toMatchObject({ question: 'pauseTraining' }),
      );
      expect(world.app.quitCount).toBe(0);
      answer(0);
      await eventually(() => expect(world.app.quitCount).toBe(1));
      expect(closeWindow()).toBe(false);
    },
  );

  test.skipIf(process.platform === 'darwin')('closes at once when nothing trains', async () => {
    expect(closeWindow()).toBe(true);
    engineOf(world.utilities[0]!).answer(0);
    await eventually(() => expect(world.app.quitCount).toBe(1));
  });

  test('a second start brings the window up', () => {
    const [window] = world.windows;
    expect(window!.isVisible).toBe(false);
    world.app.emit('second-instance', {}, ['thimble'], '/');
    expect(window!.isVisible).toBe(true);
    expect(world.windows.length).toBe(1);
  });
});
