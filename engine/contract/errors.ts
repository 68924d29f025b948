// The one error type that crosses rooms and processes. Its code is a closed union, so callers can branch on it.

/** Every way the engine can refuse or fail, by name. Documented for users in docs/errors.md. */
export const errorCodes = [
  'config.invalid',
  'request.invalid',
  'tensor.shape',
  'trace.unsupported',
  'executor.unavailable',
  'executor.failed',
  'device.lost',
  'file.missing',
  'file.unreadable',
  'file.unwritable',
  'file.exists',
  'file.corrupt',
  'disk.full',
  'dataset.empty',
  'dataset.invalid',
  'dataset.notFound',
  'split.impossible',
  'project.notFound',
  'project.invalid',
  'project.newer',
  'project.locked',
  'run.notFound',
  'run.state',
  'run.diverged',
  'run.interrupted',
  'checkpoint.corrupt',
  'probe.impossible',
  'cancelled',
  'engine.lost',
  'internal',
] as const;

export type ErrorCode = (typeof errorCodes)[number];

/** Plain data that crosses a process boundary with an error. */
export interface SerializedError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/**
 * An error of the engine. The message says the operation, what was expected and what was met, and,
 * where the user can act, what to do. `details` holds the same facts as plain data.
 */
export class EngineError extends Error {
  override readonly name = 'EngineError';
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: ErrorCode,
    message: string,
    options: { details?: Readonly<Record<string, unknown>>; cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** What whatever was thrown says: an error's message, else the thing itself as text. */
export function messageOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : String(cause);
}

/** Turns any thrown value into plain data, keeping the code of an EngineError; of any other, where it was thrown. */
export function serializeError(error: unknown): SerializedError {
  if (error instanceof EngineError) {
    return { code: error.code, message: error.message, details: error.details };
  }
  if (!(error instanceof Error)) return { code: 'internal', message: String(error), details: {} };
  return { code: 'internal', message: error.message, details: { stack: error.stack ?? '' } };
}

/** The inverse of serializeError, for the receiving side of a transport. */
export function deserializeError(error: SerializedError): EngineError {
  return new EngineError(error.code, error.message, { details: error.details });
}

/** Compile-time proof that a switch over a union is exhaustive. */
export function assertNever(value: never): never {
  throw new EngineError('internal', `unexpected value: ${JSON.stringify(value)}`);
}
