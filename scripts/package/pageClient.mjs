// An app that was started for a trial, and its page over the developer tools' protocol: the packaged program lets nobody
// into its main process, so what can be asked is asked through the page, as a person's clicks are.
import { spawn } from 'node:child_process';
import { join } from 'node:path';

const startLimitMs = 60_000;
const answerLimitMs = 300_000;

function within(promise, limitMs, problem) {
  let timer;
  const late = new Promise((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(problem)), limitMs);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/** Resolves with the address where the program listens to tools; rejects where it ends before. */
function findToolsAddress(child, output) {
  return new Promise((resolve, reject) => {
    child.stderr.on('data', (text) => {
      output.push(String(text));
      const [, address] = /^DevTools listening on ws:\/\/([^/\s]+)/m.exec(output.join('')) ?? [];
      if (address) resolve(address);
    });
    child.once('error', reject);
    child.once('exit', (code) =>
      reject(new Error(`it ended at once (exit code ${code}): ${output.join('')}`)),
    );
  });
}

async function findPage(address) {
  for (let tries = 0; tries < 300; tries += 1) {
    const targets = await (await fetch(`http://${address}/json/list`)).json();
    const page = targets.find(({ type, url }) => type === 'page' && url.startsWith('app://thimble/'));
    if (page) return page.webSocketDebuggerUrl;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('it showed no page');
}

export class PageClient {
  #child;
  #output = [];
  #socket;
  #pending = new Map();
  #lastId = 0;

  /** Starts the program with data of its own below `folder`. Rejects where it does not come up. */
  async start(program, folder) {
    // Electron would be a plain Node.
    const { ELECTRON_RUN_AS_NODE: _node, ...environment } = process.env;
    this.#child = spawn(program, ['--remote-debugging-port=0', `--user-data-dir=${join(folder, 'user')}`], {
      stdio: ['ignore', 'ignore', 'pipe'],
      env: { ...environment, THIMBLE_DATA: join(folder, 'data') },
    });
    const address = await within(
      findToolsAddress(this.#child, this.#output),
      startLimitMs,
      'it did not come up in a minute',
    );
    this.#socket = new WebSocket(await findPage(address));
    await new Promise((resolve, reject) => {
      this.#socket.addEventListener('open', resolve);
      this.#socket.addEventListener('error', () => reject(new Error('its page cannot be reached')));
    });
    this.#socket.addEventListener('message', ({ data }) => this.#receive(JSON.parse(data)));
    this.#socket.addEventListener('close', () => this.#failAll(new Error('its page is gone')));
    await within(this.#waitForContent(), startLimitMs, 'its page stays empty');
  }

  /** What the program wrote about itself. */
  get output() {
    return this.#output.join('');
  }

  /** The value of an expression in the page, or of the promise that it makes. */
  async evaluate(expression) {
    const id = ++this.#lastId;
    const { promise, resolve, reject } = Promise.withResolvers();
    this.#pending.set(id, { resolve, reject });
    const params = { expression, awaitPromise: true, returnByValue: true };
    this.#socket.send(JSON.stringify({ id, method: 'Runtime.evaluate', params }));
    const { result, exceptionDetails } = await within(promise, answerLimitMs, 'its page does not answer');
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  }

  /** Asks the engine through the page's bridge, with numbers far from the page's own. */
  async request(name, payload) {
    const id = 1_000_000 + ++this.#lastId;
    const message = JSON.stringify({ kind: 'request', id, name, payload });
    const answer = await this.evaluate(
      `new Promise((resolve) => {
        const stop = thimble.onMessage((message) => {
          if (message.id !== ${id} || message.kind === 'event') return;
          stop();
          resolve(message);
        });
        thimble.send(${message});
      })`,
    );
    if (answer.kind === 'error') throw new Error(`${name}: ${answer.error.message}`);
    return answer.result;
  }

  /** Closes the window as a person does; the exit code of the app that ends for it. */
  async closeWindow(limitMs) {
    const ended = new Promise((resolve) => this.#child.once('exit', (code) => resolve(code)));
    await this.evaluate('void setTimeout(() => window.close(), 0)');
    return within(ended, limitMs, 'it did not end when its window was closed');
  }

  kill() {
    if (this.#child?.exitCode === null) this.#child.kill('SIGKILL');
  }

  async #waitForContent() {
    // A page that is only being loaded has nowhere to evaluate anything.
    const isThere = () => this.evaluate(`document.querySelector('main') !== null`).catch(() => false);
    while (!(await isThere())) await new Promise((resolve) => setTimeout(resolve, 100));
  }

  #receive({ id, result, error }) {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    if (error) pending?.reject(new Error(error.message));
    else pending?.resolve(result);
  }

  #failAll(error) {
    for (const { reject } of this.#pending.values()) reject(error);
    this.#pending.clear();
  }
}
