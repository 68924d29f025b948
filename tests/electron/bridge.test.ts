import { MessageChannel, type MessagePort } from 'node:worker_threads';
import { afterEach, describe, expect, test } from 'vitest';
import type { NoticeName } from '../../electron/ipc/channels.ts';
import { createBridge, type BridgePort } from '../../electron/preload/createBridge.ts';
import type { EngineMessage } from '../../engine/contract/wire.ts';

const hello: EngineMessage = { kind: 'hello', wire: 1, version: '1.0.0', engine: 'a' };
const opened: MessagePort[] = [];
afterEach(() => opened.splice(0).forEach((port) => port.close()));

function createWorld() {
  const invoked: [string, unknown][] = [];
  const notices = new Map<NoticeName, (payload: unknown, port: BridgePort | undefined) => void>();
  const answers = new Map<string, unknown>();
  const bridge = createBridge({
    platform: 'linux',
    version: '1.2.3',
    invoke: (name, payload) => {
      invoked.push([name, payload]);
      return Promise.resolve(answers.get(name) ?? { kind: 'result', result: null });
    },
    onNotice: (name, listener) => void notices.set(name, listener),
    pathOfFile: () => '/dropped',
  });
  const notify = (name: NoticeName, payload: unknown = null, port?: MessagePort) =>
    notices.get(name)!(payload, port as unknown as BridgePort | undefined);
  const connect = () => {
    const { port1, port2 } = new MessageChannel();
    opened.push(port1, port2);
    notify('engine.port', null, port2);
    return port1;
  };
  return { bridge, invoked, notify, connect, answers };
}

describe('window.thimble', () => {
  test('is frozen and holds exactly what the contract names', () => {
    const { bridge } = createWorld();
    expect(Object.isFrozen(bridge)).toBe(true);
    expect(Object.keys(bridge).sort()).toEqual(
      [
        'answerClose',
        'chooseFile',
        'chooseFolder',
        'chooseSavePath',
        'onCloseAsked',
        'onCommand',
        'onConnection',
        'onMessage',
        'onOpenProject',
        'pathOfFile',
        'platform',
        'saveFile',
        'send',
        'setProgress',
        'setTheme',
        'showInFolder',
        'version',
      ].sort(),
    );
  });

  test('opens the line when someone listens, so that the first word is heard', async () => {
    const { bridge, invoked, connect } = createWorld();
    expect(invoked).toEqual([]);
    const heard: EngineMessage[] = [];
    bridge.onMessage((message) => heard.push(message));
    bridge.onMessage(() => undefined);
    expect(invoked.filter(([name]) => name === 'engine.connect').length).toBeGreaterThan(0);
    const engine = connect();
    engine.postMessage(hello);
    await expect.poll(() => heard).toEqual([hello]);
    const received: unknown[] = [];
    engine.on('message', (message) => received.push(message));
    bridge.send({ kind: 'cancel', id: 1 });
    await expect.poll(() => received).toEqual([{ kind: 'cancel', id: 1 }]);
  });

  test('tells how the connection stands, through a loss and back', async () => {
    const { bridge, notify, connect } = createWorld();
    const states: string[] = [];
    bridge.onConnection((state) => states.push(state));
    const heard: EngineMessage[] = [];
    bridge.onMessage((message) => heard.push(message));
    connect();
    notify('engine.lost');
    bridge.send({ kind: 'cancel', id: 1 });
    const engine = connect();
    engine.postMessage(hello);
    await expect.poll(() => heard).toEqual([hello]);
    expect(states).toEqual(['open', 'lost', 'open']);
    const later: string[] = [];
    bridge.onConnection((state) => later.push(state));
    expect(later).toEqual(['open']);
  });

  test('a project opened before the page listens is not forgotten', () => {
    const { bridge, notify } = createWorld();
    notify('project.open', '/a');
    notify('project.open', '/b');
    const folders: string[] = [];
    const stop = bridge.onOpenProject((folder) => folders.push(folder));
    notify('project.open', '/c');
    stop();
    notify('project.open', '/d');
    expect(folders).toEqual(['/b', '/c']);
  });

  test('calls go through by name, and fail with the sentence alone', async () => {
    const { bridge, invoked, answers } = createWorld();
    answers.set('dialog.chooseFolder', { kind: 'result', result: '/pictures' });
    expect(await bridge.chooseFolder({ title: 'Images' })).toBe('/pictures');
    expect(invoked.at(-1)).toEqual(['dialog.chooseFolder', { title: 'Images' }]);
    answers.set('file.save', {
      kind: 'error',
      error: { code: 'disk.full', message: '/a.png could not be written', details: {} },
    });
    await expect(bridge.saveFile({ suggestedName: 'a.png', bytes: new Uint8Array(1) })).rejects.toThrow(
      /^\/a\.png could not be written$/,
    );
    bridge.setProgress(0.5);
    bridge.answerClose('stop');
    expect(invoked.slice(-2)).toEqual([
      ['progress.set', { share: 0.5 }],
      ['close.answer', { answer: 'stop' }],
    ]);
  });
});
