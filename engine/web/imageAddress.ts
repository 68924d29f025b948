// `/image?project=FOLDER&image=ID&size=PX`: how the renderer names a picture of a project.
import type { RequestPayload } from '../contract/requests.ts';

/** How long a browser may keep a picture, seconds: an image is known by its content, so it does not change. */
export const imageMaxAgeSeconds = 3600;

/** The payload of image.render; null where the query is not one. The engine checks the values. */
export function readImageAddress(query: URLSearchParams): RequestPayload<'image.render'> | null {
  const project = query.get('project');
  const image = query.get('image');
  const size = query.get('size');
  if (project === null || image === null || size === null) return null;
  return { project, image: Number(image), size: Number(size) };
}
