// The engine through Electron's preload bridge.
import type { DesktopBridge } from '../../electron/ipc/bridge.ts';
import type { ClientMessage, EngineMessage } from '../../engine/contract/wire.ts';
import { imageQuery, type ConnectionState, type Transport } from './transport.ts';

export class DesktopTransport implements Transport {
  readonly #bridge: DesktopBridge;

  constructor(bridge: DesktopBridge) {
    this.#bridge = bridge;
  }

  send(message: ClientMessage): void {
    this.#bridge.send(message);
  }

  onMessage(listener: (message: EngineMessage) => void): void {
    this.#bridge.onMessage(listener);
  }

  onState(listener: (state: ConnectionState) => void): void {
    this.#bridge.onConnection(listener);
  }

  imageUrl(project: string, image: number, size: number): string {
    return `app://thimble/image?${imageQuery(project, image, size)}`;
  }
}
