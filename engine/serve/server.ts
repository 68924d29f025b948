// The local server of `thimble serve`: the renderer, pictures, and the engine's messages over a WebSocket, for browsers
// on this machine that know the token. It never listens beyond loopback.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EngineError } from '../contract/errors.ts';
import type { Port } from '../host/port.ts';
import { findStaticFile } from '../web/staticFile.ts';
import {
  AccessToken,
  buildCookie,
  hasAccess,
  isLoopbackHost,
  isOwnFetch,
  isOwnHost,
  readTarget,
} from './access.ts';
import { answerImage, type RenderImage } from './imageRoute.ts';
import { sendFile, sendText, setSecurityHeaders } from './responses.ts';
import { attachSocket } from './socket.ts';

export interface ServerOptions {
  /** A name or address of this machine's loopback. */
  readonly host?: string;
  /** 0 takes any free one. */
  readonly port?: number;
  /** The built renderer. */
  readonly rendererFolder: string;
  /** Hands a browser's connection to the engine. */
  readonly connect: (port: Port) => void;
  readonly renderImage: RenderImage;
}

export interface RunningServer {
  /** Without the token. */
  readonly origin: string;
  /** For people: the address with the token. */
  readonly url: string;
  /** The address with a ticket that admits once. */
  issueTicketUrl(): string;
  close(): Promise<void>;
}

interface Site {
  readonly options: ServerOptions;
  readonly token: AccessToken;
  port: number;
}

/** Starts listening. Throws request.invalid for a host that is not loopback, or a port that is taken. */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const host = options.host ?? '127.0.0.1';
  if (!isLoopbackHost(host)) {
    throw new EngineError(
      'request.invalid',
      `serve: ${host} is not an address of this machine alone; use 127.0.0.1, or reach it from elsewhere through an SSH tunnel.`,
    );
  }
  const site: Site = { options, token: new AccessToken(), port: 0 };
  const server = createServer((request, response) => void answer(site, request, response));
  const sockets = attachSocket(server, {
    connect: options.connect,
    admits: ({ headers }) => hasAccess(headers, site.port, site.token),
  });
  site.port = await listen(server, host, options.port ?? 0);
  const origin = `http://${host.includes(':') ? `[${host}]` : host}:${site.port}`;
  return {
    origin,
    url: `${origin}/?token=${site.token.text}`,
    issueTicketUrl: () => `${origin}/?token=${site.token.issueTicket()}`,
    close: async () => {
      sockets.close();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function listen(server: Server, host: string, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason =
        cause.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used: ${cause.message}`;
      reject(new EngineError('request.invalid', `serve: port ${port} of ${host} ${reason}.`, { cause }));
    });
    server.listen(port, host, () => resolve((server.address() as AddressInfo).port));
  });
}

async function answer(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  setSecurityHeaders(response, request.headers.host);
  try {
    if (!isOwnHost(request.headers.host)) {
      sendText(response, 421, 'Thimble answers only under a name of this machine.');
    } else if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD');
      sendText(response, 405, 'Only GET is answered here.');
    } else {
      await route(site, request, response);
    }
  } catch (cause) {
    if (response.headersSent) response.destroy();
    else sendText(response, 500, 'Thimble could not answer this request.');
    process.stderr.write(`serve: ${request.method} failed: ${String(cause)}\n`);
  }
}

async function route(site: Site, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const target = readTarget(request.url);
  if (target === null) return sendText(response, 400, 'This is no address.');
  const { pathname, searchParams } = target;
  const token = searchParams.get('token');
  if (pathname === '/' && token !== null) return exchangeToken(site, token, response);
  if (!isOwnFetch(request.headers)) return sendText(response, 403, 'Another site asked for this.');
  if (!hasAccess(request.headers, site.port, site.token)) return refuse(request, response, pathname);
  if (pathname === '/image') {
    return answerImage(request, response, searchParams, site.options.renderImage);
  }
  const file = await findStaticFile(site.options.rendererFolder, pathname);
  if (file === null) return sendText(response, 404, 'There is nothing at this address.');
  return sendFile(request, response, file);
}

/** The token goes from the address, where it would stay in the history, into a cookie that no script can read. */
function exchangeToken({ token, port }: Site, text: string, response: ServerResponse): void {
  if (!token.admits(text)) return sendText(response, 403, refusal);
  response.setHeader('Set-Cookie', buildCookie(port, token.text));
  response.setHeader('Location', '/');
  sendText(response, 303, 'Opening Thimble.');
}

const refusal =
  'This address is not valid any more. Use the one that `thimble serve` printed when it started; each start has its own.';

function refuse({ headers }: IncomingMessage, response: ServerResponse, pathname: string): void {
  if (pathname === '/' && headers['sec-fetch-site'] === 'cross-site') {
    // A strict cookie is left out when another site led here; asking again from our own page sends it.
    response.setHeader('Refresh', '0; url=/');
    return sendText(response, 200, 'Opening Thimble.');
  }
  return sendText(response, 401, refusal);
}
