// The engine under Electron: a utility process that serves every port it is handed.
import type { MessagePortMain, ParentPort } from 'electron';
import { serializeError } from '../../engine/contract/errors.ts';
import type { EngineMessage } from '../../engine/contract/wire.ts';
import { EngineHost } from '../../engine/host/engineHost.ts';
import type { Port } from '../../engine/host/port.ts';
import { Engine } from '../../engine/run/engine.ts';
import type { EngineQuestion, FromEngine, ToEngine } from '../ipc/engineControl.ts';
import { RemoteProcesses } from './remoteProcesses.ts';

const parent = (process as { readonly parentPort?: ParentPort }).parentPort;
if (!parent) throw new Error('this is started by the desktop app');

const post = (message: FromEngine): void => parent.postMessage(message);
const processes = new RemoteProcesses(post);
const host = new EngineHost(
  (broadcast) => new Engine({ tasks: 'process', broadcast, spawnProcess: processes.spawn }),
);

function asEnginePort(port: MessagePortMain): Port {
  return {
    post: (message: EngineMessage) => port.postMessage(message),
    onMessage: (listener) => {
      port.on('message', ({ data }) => listener(data));
      port.start();
    },
    onClose: (listener) => void port.on('close', listener),
  };
}

async function answer(id: number, question: EngineQuestion): Promise<void> {
  try {
    if (question === 'pauseTraining') await host.engine.pauseTraining();
    const { engine } = host;
    const answer = { training: engine.listTraining().length, waiting: engine.waitingCount };
    post({ kind: 'answer', id, answer });
  } catch (cause) {
    post({ kind: 'failure', id, error: serializeError(cause) });
  }
}

parent.on('message', ({ data, ports }) => {
  const message = data as ToEngine;
  switch (message.kind) {
    case 'connect':
      for (const port of ports) host.connect(asEnginePort(port));
      return;
    case 'ask':
      void answer(message.id, message.question);
      return;
    default:
      processes.receive(message);
  }
});
