// Electron's utility processes as the supervisor and the children's keeper want them.
import type { Readable } from 'node:stream';
import { utilityProcess, type MessagePortMain, type UtilityProcess } from 'electron';
import { lastWord, lastWordHeard } from '../../engine/contract/childLine.ts';
import type { FromEngine } from '../ipc/engineControl.ts';
import type { Fork } from './childProcesses.ts';
import { describeExit } from './describeExit.ts';
import type { EngineProcess } from './engineSupervisor.ts';
import { keepLog } from './workerLog.ts';

/** Tells how the process ended. */
function watchEnd(child: UtilityProcess, listener: (how: string) => void): void {
  let fatal: string | null = null;
  // V8 gave up, mostly for want of memory. Without a listener this would end the whole app; `exit` follows.
  child.on('error', (type, location) => (fatal = `${type}: ${location}`));
  child.once('exit', (code) => listener(fatal ?? describeExit(code)));
}

export function startEngineProcess(entry: string): EngineProcess {
  const child = utilityProcess.fork(entry, [], { serviceName: 'Thimble engine', stdio: 'inherit' });
  return {
    post: (message, port) => child.postMessage(message, port ? [port as MessagePortMain] : []),
    onMessage: (listener) => void child.on('message', (message: FromEngine) => listener(message)),
    onExit: (listener) => watchEnd(child, listener),
    kill: () => void child.kill(),
  };
}

export const forkWorker: Fork = ({ file, args, logFile }) => {
  const child = utilityProcess.fork(file, [...args], { serviceName: 'Thimble training', stdio: 'pipe' });
  const log = keepLog([child.stdout as Readable | null, child.stderr as Readable | null], logFile);
  return {
    post: (message) => child.postMessage(message),
    onMessage: (listener) =>
      void child.on('message', (message: unknown) => {
        if (message === lastWord) child.postMessage(lastWordHeard);
        else listener(message);
      }),
    // Whoever hears of the end reads the log.
    onExit: (listener) => watchEnd(child, (how) => void log.finish().then(() => listener(how))),
    kill: () => void child.kill(),
  };
};
