// The other end of a child process: its line to the process that started it, under plain Node or Electron.
import { lastWord, lastWordHeard } from '../../contract/childLine.ts';

/** What Electron gives its utility processes instead of `process.send`. */
interface ElectronPort {
  postMessage(message: unknown): void;
  on(name: 'message', listener: (event: { readonly data: unknown }) => void): void;
}

export interface ParentChannel {
  /** Sends while there is a parent; its going away is no concern of the sender. */
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /** The parent is gone. */
  onClose(listener: () => void): void;
  /** Lets this process end once what was sent has left. */
  close(): void;
}

/** An app that has not heard the last word after this long will not hear it. */
const lastWordLimitMs = 60_000;

function openElectronChannel(port: ElectronPort): ParentChannel {
  // Electron only warns of a rejection that nobody handles, and a utility process never ends by itself.
  process.on('unhandledRejection', (cause) => {
    throw cause;
  });
  return {
    post: (message) => port.postMessage(message),
    onMessage: (listener) => {
      port.on('message', ({ data }) => {
        if (data !== lastWordHeard) listener(data);
      });
    },
    // Electron ends a utility process with the app.
    onClose: () => undefined,
    close: () => {
      port.on('message', ({ data }) => {
        if (data === lastWordHeard) process.exit();
      });
      setTimeout(() => process.exit(), lastWordLimitMs);
      port.postMessage(lastWord);
    },
  };
}

/** Opens the line to the parent. */
export function openParentChannel(): ParentChannel {
  const electron = (process as { readonly parentPort?: ElectronPort }).parentPort;
  if (electron) return openElectronChannel(electron);
  process.on('error', () => undefined);
  let unsent = 0;
  let isClosing = false;
  // What a pipe does not hold at once is lost where the line is closed before it has left.
  const closeWhenSent = () => {
    if (isClosing && unsent === 0 && process.connected) process.disconnect();
  };
  return {
    post: (message) => {
      if (!process.connected) return;
      unsent++;
      process.send?.(message, undefined, {}, () => {
        unsent--;
        closeWhenSent();
      });
    },
    onMessage: (listener) => void process.on('message', listener),
    onClose: (listener) => void process.on('disconnect', listener),
    close: () => {
      isClosing = true;
      closeWhenSent();
    },
  };
}
