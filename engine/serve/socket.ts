// `/socket`: one WebSocket a browser tab, carrying the contract's messages. It knows no request by name.
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type RawData, type WebSocket } from 'ws';
import { serializeError } from '../contract/errors.ts';
import type { EngineMessage } from '../contract/wire.ts';
import type { Port } from '../host/port.ts';
import { isOwnOrigin, readTarget } from './access.ts';
import { decodeClientMessage, encodeEngineMessage, maxClientMessageBytes } from './messageCodec.ts';

export interface SocketOptions {
  readonly connect: (port: Port) => void;
  /** True when the request that opens the socket may. */
  readonly admits: (request: IncomingMessage) => boolean;
  readonly heartbeatMs?: number;
}

const maxSockets = 32;
/** A tab that reads so much slower than the engine talks is cut off, before it takes the memory of the runs. */
const maxUnsentBytes = 256 * 1024 * 1024;
const maxBadMessages = 10;

const closeCodes = { goingAway: 1001, textFrame: 1003, tooManyBadMessages: 1008, tooSlow: 1013 } as const;

/** Takes WebSocket connections of the server's own pages. */
export function attachSocket(server: Server, options: SocketOptions): { close(): void } {
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxClientMessageBytes,
    perMessageDeflate: false,
  });
  server.on('upgrade', (request, stream, head) => {
    stream.on('error', () => stream.destroy());
    const refusal = findRefusal(request, sockets.clients.size, options);
    if (refusal !== null) {
      refuse(stream, refusal);
      return;
    }
    sockets.handleUpgrade(request, stream, head, (socket) => serveSocket(socket, options.connect));
  });
  const heartbeat = startHeartbeat(sockets, options.heartbeatMs ?? 30_000);
  return {
    close: () => {
      clearInterval(heartbeat);
      for (const socket of sockets.clients) socket.close(closeCodes.goingAway, 'Thimble was stopped');
      sockets.close();
    },
  };
}

function findRefusal(request: IncomingMessage, open: number, { admits }: SocketOptions): string | null {
  if (readTarget(request.url)?.pathname !== '/socket') return '404 Not Found';
  if (!isOwnOrigin(request.headers)) return '403 Forbidden';
  if (!admits(request)) return '401 Unauthorized';
  return open < maxSockets ? null : '503 Service Unavailable';
}

function refuse(stream: Duplex, status: string): void {
  stream.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
}

/** Ends connections whose other side is gone without a word, e.g. a sleeping laptop at the end of a tunnel. */
function startHeartbeat(sockets: WebSocketServer, everyMs: number): NodeJS.Timeout {
  const waiting = new WeakSet<WebSocket>();
  const timer = setInterval(() => {
    for (const socket of sockets.clients) {
      if (waiting.has(socket)) {
        socket.terminate();
        continue;
      }
      waiting.add(socket);
      socket.ping();
      socket.once('pong', () => waiting.delete(socket));
    }
  }, everyMs);
  return timer.unref();
}

function serveSocket(socket: WebSocket, connect: (port: Port) => void): void {
  let badMessages = 0;
  const post = (message: EngineMessage): void => {
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > maxUnsentBytes) {
      socket.close(closeCodes.tooSlow, 'this tab reads too slowly');
      return;
    }
    socket.send(encodeEngineMessage(message));
  };
  const read = (data: RawData, isBinary: boolean, listener: (message: unknown) => void): void => {
    if (!isBinary) {
      socket.close(closeCodes.textFrame, 'messages are binary');
      return;
    }
    let message: unknown;
    try {
      message = decodeClientMessage(data as Buffer);
    } catch (cause) {
      badMessages += 1;
      post({ kind: 'error', id: null, error: serializeError(cause) });
      if (badMessages >= maxBadMessages) socket.close(closeCodes.tooManyBadMessages);
      return;
    }
    listener(message);
  };
  // Too long a message ends the connection; ws then reports an error before it closes.
  socket.on('error', () => socket.terminate());
  connect({
    post,
    onMessage: (listener) => socket.on('message', (data, isBinary) => read(data, isBinary, listener)),
    onClose: (listener) => socket.on('close', listener),
  });
}
