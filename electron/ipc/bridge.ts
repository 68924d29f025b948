// What the renderer can reach in the desktop app: one frozen object, `window.thimble`, made by the preload. Types only;
// in the browser there is no such object, and the renderer talks to the engine over a WebSocket instead.
import type { Theme } from '../../engine/contract/app.ts';
import type { ClientMessage, EngineMessage } from '../../engine/contract/wire.ts';

export type DesktopPlatform = 'win32' | 'darwin' | 'linux';

/** What the native menu sends: the ids of the renderer's own commands (renderer/app/commands.ts). */
export const desktopCommands = [
  'run.new',
  'palette',
  'go.home',
  'go.images',
  'go.runs',
  'go.compare',
  'go.compute',
  'go.settings',
  'go.glossary',
] as const;
export type DesktopCommand = (typeof desktopCommands)[number];

export type OpenFileKind = 'csv' | 'any';
export type SaveFileKind = 'csv' | 'png' | 'svg' | 'safetensors' | 'onnx' | 'npz';

/** What to do with runs in training when the window closes. */
export type CloseAnswer = 'background' | 'stop' | 'cancel';

/** Takes a listener off again. */
export type Unlisten = () => void;

export interface DesktopBridge {
  readonly platform: DesktopPlatform;
  readonly version: string;

  /** To the engine. Dropped while the connection is lost: whoever sends watches it. */
  send(message: ClientMessage): void;
  /** The first listener opens the connection, so that it hears all. */
  onMessage(listener: (message: EngineMessage) => void): Unlisten;
  /** Told at once how the connection stands, if it ever stood, then whenever it changes. After `lost`, no earlier request
   * answers. */
  onConnection(listener: (state: 'open' | 'lost') => void): Unlisten;

  /** Dialogs of the system; null when the person cancelled. */
  chooseFolder(options: { title: string; startIn?: string }): Promise<string | null>;
  chooseFile(options: { title: string; kind: OpenFileKind; startIn?: string }): Promise<string | null>;
  chooseSavePath(options: {
    title: string;
    suggestedName: string;
    kind: SaveFileKind;
  }): Promise<string | null>;
  /** Asks where, then writes; the path, or null when the person cancelled. */
  saveFile(options: { suggestedName: string; bytes: Uint8Array }): Promise<string | null>;
  showInFolder(path: string): Promise<void>;
  /** Where a file or folder that was dropped on the window lies. */
  pathOfFile(file: File): string;

  setTheme(theme: Theme): void;
  /** In the task bar or dock: 0 … 1; null takes it away. */
  setProgress(share: number | null): void;

  onCommand(listener: (command: DesktopCommand) => void): Unlisten;
  /** A project was opened from outside: a file manager, the command line, a second start. */
  onOpenProject(listener: (folder: string) => void): Unlisten;
  /** The window is about to close while a run trains; answer with answerClose. */
  onCloseAsked(listener: () => void): Unlisten;
  answerClose(answer: CloseAnswer): void;
}
