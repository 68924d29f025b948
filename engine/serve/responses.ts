// How the local server writes its answers.
import { createReadStream } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { buildSecurityHeaders } from '../web/securityHeaders.ts';
import type { StaticFile } from '../web/staticFile.ts';
import { isOwnHost } from './access.ts';

const yearSeconds = 31_536_000;

/** For every answer, refusals included. */
export function setSecurityHeaders(response: ServerResponse, host: string | undefined): void {
  // Not every browser takes a WebSocket of the same origin for 'self'.
  const connect = host !== undefined && isOwnHost(host) ? [`ws://${host}`] : [];
  for (const [name, value] of Object.entries(buildSecurityHeaders({ connect }))) {
    response.setHeader(name, value);
  }
  response.setHeader('Cache-Control', 'no-store');
}

export function sendText(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Content-Type', 'text/plain; charset=utf-8');
  response.end(`${text}\n`);
}

export async function sendFile(
  request: IncomingMessage,
  response: ServerResponse,
  file: StaticFile,
): Promise<void> {
  response.setHeader('Content-Type', file.mime);
  response.setHeader('Content-Length', file.sizeBytes);
  response.setHeader(
    'Cache-Control',
    file.isImmutable ? `private, max-age=${yearSeconds}, immutable` : 'no-cache',
  );
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  try {
    await pipeline(createReadStream(file.path), response);
  } catch (cause) {
    // A browser that goes away in the middle is no failure.
    if (!response.destroyed) throw cause;
  }
}
