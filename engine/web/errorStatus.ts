// The HTTP status that fits an engine's error. The body carries the error itself.
import type { ErrorCode } from '../contract/errors.ts';

export function statusOfError(code: ErrorCode): number {
  switch (code) {
    case 'request.invalid':
      return 400;
    case 'file.missing':
    case 'project.notFound':
    case 'dataset.notFound':
    case 'run.notFound':
      return 404;
    case 'engine.lost':
      return 503;
    default:
      return 500;
  }
}
