// Runs the desktop app's engine bundle under plain Node, as Electron's main process would run it: a port to talk to it, and
// processes that are started for it.
import { spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MessageChannel, Worker } from 'node:worker_threads';

export class HostedEngine {
  events = [];
  #worker;
  #port;
  #children = new Map();
  #pending = new Map();
  #questions = new Map();
  #lastId = 0;
  #bundleFolder;
  #environment;

  /** @param bundleFolder holds desktopEngine.mjs, trainer.mjs, task.mjs. */
  constructor(bundleFolder, environment = {}) {
    this.#bundleFolder = bundleFolder;
    this.#environment = { ...process.env, ...environment };
    this.#worker = new Worker(new URL('parentPortShim.mjs', import.meta.url), {
      workerData: { entry: pathToFileURL(join(bundleFolder, 'desktopEngine.mjs')).href },
      env: this.#environment,
    });
    this.#worker.on('message', (message) => this.#receiveControl(message));
    this.#worker.on('error', (error) => this.#failAll(error));
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    port1.on('message', (message) => this.#receive(message));
    this.#worker.postMessage({ message: { kind: 'connect' }, port: port2 }, [port2]);
  }

  request(name, payload) {
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers();
    this.#pending.set(id, { resolve, reject });
    this.#port.postMessage({ kind: 'request', id, name, payload });
    return promise;
  }

  /** What the main process asks: listTraining, pauseTraining. */
  ask(question) {
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers();
    this.#questions.set(id, { resolve, reject });
    this.#worker.postMessage({ message: { kind: 'ask', id, question } });
    return promise;
  }

  get childCount() {
    return this.#children.size;
  }

  async close() {
    this.#port.close();
    for (const child of this.#children.values()) child.kill('SIGKILL');
    await this.#worker.terminate();
  }

  #receive(message) {
    if (message.kind === 'event') this.events.push(message);
    const pending = this.#pending.get(message.id);
    if (!pending || (message.kind !== 'result' && message.kind !== 'error')) return;
    this.#pending.delete(message.id);
    if (message.kind === 'result') pending.resolve(message.result);
    else pending.reject(Object.assign(new Error(message.error.message), { code: message.error.code }));
  }

  #receiveControl(message) {
    const { kind, id, child } = message;
    if (kind === 'answer') this.#questions.get(id)?.resolve(message.answer);
    else if (kind === 'failure') this.#questions.get(id)?.reject(new Error(message.error.message));
    else if (kind === 'child.start') this.#startChild(message);
    else if (kind === 'child.post') this.#children.get(child)?.send(message.message);
    else this.#children.get(child)?.kill('SIGKILL');
  }

  #startChild({ child, bundle, args, logFile }) {
    const worker = spawn(process.execPath, [join(this.#bundleFolder, bundle), ...args], {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
      env: this.#environment,
    });
    const log = createWriteStream(logFile);
    worker.stdout.pipe(log, { end: false });
    worker.stderr.pipe(log, { end: false });
    this.#children.set(child, worker);
    worker.on('message', (message) =>
      this.#worker.postMessage({ message: { kind: 'child.message', child, message } }),
    );
    worker.once('close', (code) => {
      log.end();
      this.#children.delete(child);
      this.#worker.postMessage({ message: { kind: 'child.ended', child, how: `exit code ${code}` } });
    });
  }

  #failAll(error) {
    for (const { reject } of [...this.#pending.values(), ...this.#questions.values()]) reject(error);
  }
}
