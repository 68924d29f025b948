// Answers `app://thimble/…`: the renderer's files, and pictures of a project. Plain Request and Response, no Electron.
import { readFile } from 'node:fs/promises';
import { EngineError, serializeError } from '../../engine/contract/errors.ts';
import type { RenderedImage } from '../../engine/contract/images.ts';
import type { RequestPayload } from '../../engine/contract/requests.ts';
import { statusOfError } from '../../engine/web/errorStatus.ts';
import { imageMaxAgeSeconds, readImageAddress } from '../../engine/web/imageAddress.ts';
import { buildSecurityHeaders } from '../../engine/web/securityHeaders.ts';
import { findStaticFile } from '../../engine/web/staticFile.ts';
import { isAppUrl } from './policy.ts';

export interface AppContent {
  readonly rendererFolder: string;
  readonly renderImage: (
    payload: RequestPayload<'image.render'>,
    signal: AbortSignal,
  ) => Promise<RenderedImage>;
}

const securityHeaders = buildSecurityHeaders({ connect: [] });

function answer(
  status: number,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string>,
): Response {
  return new Response(body, {
    status,
    headers: { 'Cache-Control': 'no-store', ...securityHeaders, ...headers },
  });
}

function answerText(status: number, text: string): Response {
  return answer(status, `${text}\n`, { 'Content-Type': 'text/plain; charset=utf-8' });
}

/** Never rejects. */
export async function answerAppRequest(request: Request, content: AppContent): Promise<Response> {
  if (!isAppUrl(request.url)) return answerText(403, 'This is not an address of Thimble.');
  if (request.method !== 'GET') return answerText(405, 'Only GET is answered here.');
  const { pathname, searchParams } = new URL(request.url);
  try {
    if (pathname === '/image') return await answerImage(searchParams, content, request.signal);
    const file = await findStaticFile(content.rendererFolder, pathname);
    if (file === null) return answerText(404, 'There is nothing at this address.');
    return answer(200, await readFile(file.path), { 'Content-Type': file.mime });
  } catch (cause) {
    const error = serializeError(cause);
    return answer(statusOfError(error.code), JSON.stringify(error), {
      'Content-Type': 'application/json; charset=utf-8',
    });
  }
}

async function answerImage(
  query: URLSearchParams,
  { renderImage }: AppContent,
  signal: AbortSignal,
): Promise<Response> {
  const payload = readImageAddress(query);
  if (payload === null) throw new EngineError('request.invalid', 'an image needs project, image and size');
  const { mime, bytes } = await renderImage(payload, signal);
  // A copy: the type of the bytes' memory is not known, and a body takes only memory that is not shared.
  return answer(200, new Uint8Array(bytes), {
    'Content-Type': mime,
    'Cache-Control': `private, max-age=${imageMaxAgeSeconds}`,
  });
}
