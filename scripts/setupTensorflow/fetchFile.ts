// Fetches one file and unpacks archives. Every way this can fail ends in a sentence that says what to do.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createWriteStream, mkdirSync } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { EngineError, messageOf } from '../../engine/contract/errors.ts';

const answerLimitMs = 30_000;
/** No byte for this long means that the connection is dead. */
const silenceLimitMs = 60_000;

const withoutNetwork =
  'Without a network, fetch and unpack it elsewhere and name the folder with --libtensorflow (docs/tensorflow.md); behind a proxy, set HTTPS_PROXY and NODE_USE_ENV_PROXY=1.';

function codeOf(error: unknown): string {
  const cause = error instanceof Error ? (error.cause ?? error) : error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : '';
}

/** A sentence for a person, whatever failed. */
function explain(address: string, cause: unknown): EngineError {
  if (cause instanceof EngineError) return cause;
  if (codeOf(cause) === 'ENOSPC') {
    return new EngineError('disk.full', `The disk is full; make room and try again (${address}).`, { cause });
  }
  const reason = codeOf(cause) || messageOf(cause);
  const { host } = new URL(address);
  return new EngineError('file.unreadable', `${host} cannot be reached (${reason}). ${withoutNetwork}`, {
    cause,
  });
}

async function request(address: string, method: 'GET' | 'HEAD', signal: AbortSignal): Promise<Response> {
  const response = await fetch(address, { method, signal });
  if (response.ok) return response;
  await response.body?.cancel();
  const code = response.status === 404 ? 'file.missing' : 'file.unreadable';
  throw new EngineError(code, `${address} answers ${response.status}. ${withoutNetwork}`);
}

/** How large a file is; NaN where its server does not say. Throws `file.missing` (not there), `file.unreadable`. */
export async function askSize(address: string): Promise<number> {
  try {
    const { headers } = await request(address, 'HEAD', AbortSignal.timeout(answerLimitMs));
    return Number(headers.get('content-length') ?? Number.NaN);
  } catch (cause) {
    throw explain(address, cause);
  }
}

/** Passes bytes on, and gives up when none come. */
function watch(onBytes: (count: number) => void, giveUp: () => void): Transform {
  let timer = setTimeout(giveUp, silenceLimitMs);
  return new Transform({
    transform(chunk: Buffer, _, done) {
      clearTimeout(timer);
      timer = setTimeout(giveUp, silenceLimitMs);
      onBytes(chunk.length);
      done(null, chunk);
    },
    destroy(error, done) {
      clearTimeout(timer);
      done(error);
    },
  });
}

export interface FetchedFile {
  readonly sizeBytes: number;
  readonly sha256: string;
}

/** Writes a file. Throws `file.missing`, `file.unreadable`, `disk.full`; a part of the file may then lie there. */
export async function fetchFile(
  address: string,
  path: string,
  onProgress: (doneBytes: number, totalBytes: number) => void = () => undefined,
): Promise<FetchedFile> {
  const abort = new AbortController();
  const hash = createHash('sha256');
  let doneBytes = 0;
  try {
    const response = await request(address, 'GET', abort.signal);
    const totalBytes = Number(response.headers.get('content-length') ?? Number.NaN);
    const body = Readable.fromWeb(response.body as ReadableStream<Uint8Array>);
    const count = (bytes: number): void => onProgress((doneBytes += bytes), totalBytes);
    const watched = watch(count, () => abort.abort(new Error('nothing came for a minute')));
    watched.on('data', (chunk: Buffer) => hash.update(chunk));
    await pipeline(body, watched, createWriteStream(path));
    if (Number.isFinite(totalBytes) && doneBytes !== totalBytes) {
      throw new EngineError(
        'file.unreadable',
        `${address} broke off after ${doneBytes} of ${totalBytes} bytes; try again.`,
      );
    }
    return { sizeBytes: doneBytes, sha256: hash.digest('hex') };
  } catch (cause) {
    throw explain(address, cause);
  }
}

/** Unpacks a .tar.gz or .zip with the system's tar, which on Windows reads both. Throws `file.corrupt`. */
export async function unpack(archive: string, folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const failure = await new Promise<string | undefined>((resolve) => {
    const child = spawn('tar', ['-xf', archive, '-C', folder], { stdio: ['ignore', 'ignore', 'pipe'] });
    let words = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (words += text));
    child.once('error', (error) => resolve(`the system’s tar does not start: ${error.message}`));
    child.once('close', (code) => resolve(code === 0 ? undefined : words.trim().split('\n').at(-1)));
  });
  if (failure === undefined) return;
  throw new EngineError('file.corrupt', `${archive} cannot be unpacked (${failure}); try again.`);
}
