// `/image`: pictures of a project, drawn by the engine.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { serializeError } from '../contract/errors.ts';
import type { RenderedImage } from '../contract/images.ts';
import type { RequestPayload } from '../contract/requests.ts';
import { statusOfError } from '../web/errorStatus.ts';
import { imageMaxAgeSeconds, readImageAddress } from '../web/imageAddress.ts';
import { sendText } from './responses.ts';

export type RenderImage = (
  payload: RequestPayload<'image.render'>,
  signal: AbortSignal,
) => Promise<RenderedImage>;

export async function answerImage(
  request: IncomingMessage,
  response: ServerResponse,
  query: URLSearchParams,
  renderImage: RenderImage,
): Promise<void> {
  const payload = readImageAddress(query);
  if (payload === null) return sendText(response, 400, 'An image needs project, image and size.');
  // A gallery that is scrolled past no longer needs its pictures.
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  try {
    const { mime, bytes } = await renderImage(payload, gone.signal);
    response.setHeader('Content-Type', mime);
    response.setHeader('Content-Length', bytes.byteLength);
    response.setHeader('Cache-Control', `private, max-age=${imageMaxAgeSeconds}`);
    response.end(request.method === 'HEAD' ? undefined : bytes);
  } catch (cause) {
    if (gone.signal.aborted) return;
    const error = serializeError(cause);
    response.statusCode = statusOfError(error.code);
    response.setHeader('Content-Type', 'application/json; charset=utf-8');
    response.end(JSON.stringify(error));
  }
}
