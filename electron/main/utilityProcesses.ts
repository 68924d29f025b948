// Electron's utility processes as the supervisor and the children's keeper want them.
import { createWriteStream } from 'node:fs';
import { utilityProcess, type MessagePortMain, type UtilityProcess } from 'electron';
import type { FromEngine } from '../ipc/engineControl.ts';
import type { Fork } from './childProcesses.ts';
import type { EngineProcess } from './engineSupervisor.ts';

function onExit(child: UtilityProcess, listener: (how: string) => void): void {
  child.once('exit', (code) => listener(`exit code ${code}`));
}

export function startEngineProcess(entry: string): EngineProcess {
  const child = utilityProcess.fork(entry, [], { serviceName: 'Thimble engine', stdio: 'inherit' });
  return {
    post: (message, port) => child.postMessage(message, port ? [port as MessagePortMain] : []),
    onMessage: (listener) => void child.on('message', (message: FromEngine) => listener(message)),
    onExit: (listener) => onExit(child, listener),
    kill: () => void child.kill(),
  };
}

export const forkWorker: Fork = ({ file, args, logFile }) => {
  const child = utilityProcess.fork(file, [...args], { serviceName: 'Thimble training', stdio: 'pipe' });
  const log = createWriteStream(logFile);
  // A log that cannot be written is no reason to stop a run.
  log.on('error', () => undefined);
  child.stdout?.pipe(log, { end: false });
  child.stderr?.pipe(log, { end: false });
  child.once('exit', () => log.end());
  return {
    post: (message) => child.postMessage(message),
    onMessage: (listener) => void child.on('message', listener),
    onExit: (listener) => onExit(child, listener),
    kill: () => void child.kill(),
  };
};
