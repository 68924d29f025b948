// `thimble serve`: the whole app in the browser, from one engine, until it is asked to end.
import type { EngineHost } from '../host/engineHost.ts';
import { hasDesktop, openBrowser } from './openBrowser.ts';
import { findRenderer } from './findRenderer.ts';
import { startServer } from './server.ts';

export interface ServeOptions {
  readonly host?: string;
  readonly port?: number;
  /** Open the person's browser as well, where there is a desktop. */
  readonly open: boolean;
  /** Default: the built one. */
  readonly rendererFolder?: string;
  /** Ends serving. */
  readonly signal: AbortSignal;
  /** Told once the server listens. */
  readonly onListening: (address: { readonly url: string; readonly origin: string }) => void;
  readonly say: (sentence: string) => void;
}

/** Answers once serving has ended. Throws file.missing without a built renderer, request.invalid for a bad host or port. */
export async function serve(engineHost: EngineHost, options: ServeOptions): Promise<void> {
  const server = await startServer({
    host: options.host,
    port: options.port,
    rendererFolder: options.rendererFolder ?? findRenderer(),
    connect: (port) => engineHost.connect(port),
    renderImage: (payload, signal) => engineHost.engine.request('image.render', payload, { signal }),
  });
  try {
    options.onListening({ url: server.url, origin: server.origin });
    if (options.open && hasDesktop() && !(await openBrowser(server.issueTicketUrl()))) {
      options.say('No browser could be started; open the address yourself.');
    }
    await waitForAbort(options.signal);
    options.say(await describeWhatGoesOn(engineHost));
  } finally {
    await server.close();
  }
}

function waitForAbort(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** Runs are processes of their own: the person should know which still use the machine. */
async function describeWhatGoesOn({ engine }: EngineHost): Promise<string> {
  try {
    const { projects } = await engine.request('home.show', {});
    const training = projects.filter(({ isTraining }) => isTraining).map(({ name }) => `“${name}”`);
    // Queued runs are started by an engine, and this one ends.
    const waiting = engine.waitingCount;
    const rest =
      waiting === 0
        ? ''
        : ` ${waiting === 1 ? 'One run waits' : `${waiting} runs wait`} until Thimble is started again.`;
    if (training.length === 0) return `Thimble has stopped. No run is in training.${rest}`;
    return `Thimble has stopped. Training goes on by itself in ${training.join(', ')}; start Thimble again to watch or pause it.${rest}`;
  } catch {
    // Stopping must not fail because the list of projects cannot be read.
    return 'Thimble has stopped. Runs in training go on by themselves.';
  }
}
