// Messages as the WebSocket carries them: MessagePack in binary frames, so that pictures and features stay bytes.
import { decode, encode } from '@msgpack/msgpack';
import { EngineError } from '../contract/errors.ts';
import type { EngineMessage } from '../contract/wire.ts';

/** Longest message a client may send. Requests are short: the longest holds notes or a list of image numbers. */
export const maxClientMessageBytes = 1024 * 1024;

const limits = {
  maxStrLength: 512 * 1024,
  maxBinLength: 0,
  maxArrayLength: 10_000,
  maxMapLength: 1_000,
  maxExtLength: 0,
};

/** Members that are undefined are left out, as a receiver could not tell them from null. */
export function encodeEngineMessage(message: EngineMessage): Uint8Array {
  return encode(message, { ignoreUndefined: true });
}

/** Plain data that a client sent; its meaning is checked by the engine's host. Throws request.invalid. */
export function decodeClientMessage(bytes: Uint8Array): unknown {
  try {
    return decode(bytes, limits);
  } catch (cause) {
    throw new EngineError('request.invalid', 'a message that is no MessagePack within the limits', { cause });
  }
}
