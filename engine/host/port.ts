// What the host needs of a transport: a MessagePort, a WebSocket or two ends in one process. Knows no message's meaning.
import type { EngineMessage } from '../contract/wire.ts';

/** The engine's end of one connection. Messages arrive whole and in order. */
export interface Port {
  /** Sends to the client. May throw where a message cannot be sent; the host then says so to the client instead. */
  post(message: EngineMessage): void;
  /** Hands every message of the client to the host's listener, unchecked. Called once. */
  onMessage(listener: (message: unknown) => void): void;
  /** Tells that the connection is gone, however that came about. Called once. */
  onClose(listener: () => void): void;
}

/** The client's end of a connection within one process. */
export interface ClientPort {
  post(message: unknown): void;
  onMessage(listener: (message: EngineMessage) => void): void;
  close(): void;
}

/** Two ends of a connection within one process. What is sent is cloned, and delivered in a later turn, as between processes. */
export function createPortPair(): { readonly enginePort: Port; readonly clientPort: ClientPort } {
  let toEngine: (message: unknown) => void = () => undefined;
  let toClient: (message: EngineMessage) => void = () => undefined;
  let onClose: () => void = () => undefined;
  let isOpen = true;
  const deliver = <Message>(message: Message, listener: () => (message: Message) => void) => {
    const copy = structuredClone(message);
    setImmediate(() => {
      if (isOpen) listener()(copy);
    });
  };
  return {
    enginePort: {
      post: (message) => deliver(message, () => toClient),
      onMessage: (listener) => void (toEngine = listener),
      onClose: (listener) => void (onClose = listener),
    },
    clientPort: {
      post: (message) => deliver(message, () => toEngine),
      onMessage: (listener) => void (toClient = listener),
      close: () => {
        if (!isOpen) return;
        isOpen = false;
        onClose();
      },
    },
  };
}
