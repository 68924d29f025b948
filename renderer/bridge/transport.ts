// How messages reach the engine: Electron's port or a WebSocket. Knows nothing of what they mean.
import type { ClientMessage, EngineMessage } from '../../engine/contract/wire.ts';

/** `open`: messages pass. `lost`: the engine or the way to it is gone; the transport tries to come back by itself. */
export type ConnectionState = 'connecting' | 'open' | 'lost';

export interface Transport {
  /** Messages sent while not open are dropped: whoever sends them watches the state. */
  send(message: ClientMessage): void;
  onMessage(listener: (message: EngineMessage) => void): void;
  onState(listener: (state: ConnectionState) => void): void;
  /** Where a picture of an image can be had, longest side `size` pixels. */
  imageUrl(project: string, image: number, size: number): string;
}

/** The query that both transports' picture routes take. */
export function imageQuery(project: string, image: number, size: number): string {
  return new URLSearchParams({ project, image: String(image), size: String(size) }).toString();
}
