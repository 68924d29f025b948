// What the window and the main process say to each other, by name, and what each payload must be. Requests to the engine do
// not pass here: they go through a port of their own.
import * as v from 'valibot';
import { themes } from '../../engine/contract/app.ts';
import { EngineError, type SerializedError } from '../../engine/contract/errors.ts';
import type { DesktopCommand } from './bridge.ts';

const title = v.pipe(v.string(), v.nonEmpty(), v.maxLength(200));
const path = v.pipe(v.string(), v.nonEmpty(), v.maxLength(4096));
/** A bare name: no folder of it is the renderer's to choose. */
const fileName = v.pipe(v.string(), v.nonEmpty(), v.maxLength(200), v.regex(/^[^/\\:*?"<>|\p{Cc}]+$/u));
const maxSavedBytes = 512 * 1024 * 1024;

/** From the window to the main process. */
export const invocationSchemas = {
  /** Asks for a port to the engine; it comes as `engine.port`, and anew whenever the engine was started again. */
  'engine.connect': v.strictObject({}),
  'dialog.chooseFolder': v.strictObject({ title, startIn: v.optional(path) }),
  'dialog.chooseFile': v.strictObject({
    title,
    kind: v.picklist(['csv', 'any']),
    startIn: v.optional(path),
  }),
  'dialog.chooseSavePath': v.strictObject({
    title,
    suggestedName: fileName,
    kind: v.picklist(['csv', 'png', 'svg', 'safetensors', 'onnx', 'npz']),
  }),
  'file.save': v.strictObject({
    suggestedName: fileName,
    bytes: v.custom<Uint8Array>(
      (value) => value instanceof Uint8Array && value.byteLength <= maxSavedBytes,
      'expected at most 512 MB of bytes',
    ),
  }),
  'folder.show': v.strictObject({ path }),
  'theme.set': v.strictObject({ theme: v.picklist(themes) }),
  'progress.set': v.strictObject({
    share: v.nullable(v.pipe(v.number(), v.minValue(0), v.maxValue(1))),
  }),
  'close.answer': v.strictObject({ answer: v.picklist(['background', 'stop', 'cancel']) }),
} as const;

export type InvocationName = keyof typeof invocationSchemas;
export type InvocationPayload<Name extends InvocationName> = v.InferOutput<(typeof invocationSchemas)[Name]>;

/** What each answers; null where the person cancelled. */
export interface InvocationResults {
  'engine.connect': void;
  'dialog.chooseFolder': string | null;
  'dialog.chooseFile': string | null;
  'dialog.chooseSavePath': string | null;
  'file.save': string | null;
  'folder.show': void;
  'theme.set': void;
  'progress.set': void;
  'close.answer': void;
}

/** What comes back: an error keeps its code, which a thrown one would lose on the way. */
export type InvocationOutcome<Name extends InvocationName> =
  | { readonly kind: 'result'; readonly result: InvocationResults[Name] }
  | { readonly kind: 'error'; readonly error: SerializedError };

/** From the main process to the window: name → payload. */
export interface Notices {
  /** Carries a port. */
  'engine.port': null;
  'engine.lost': null;
  command: DesktopCommand;
  'project.open': string;
  'close.asked': null;
}
export type NoticeName = keyof Notices;

/** Checks a payload at the door. Throws request.invalid. */
export function parseInvocation<Name extends InvocationName>(
  name: Name,
  payload: unknown,
): InvocationPayload<Name> {
  const result = v.safeParse(invocationSchemas[name], payload);
  if (result.success) return result.output as InvocationPayload<Name>;
  const problems = result.issues.map((issue) => `${v.getDotPath(issue) ?? 'payload'}: ${issue.message}`);
  throw new EngineError('request.invalid', `${name}: ${problems.join('; ')}`, { details: { problems } });
}
