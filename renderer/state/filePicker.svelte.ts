// Asks for folders and files: with the system's dialogs in the desktop app, with our own in a browser, whose engine may
// run on another machine than the one that shows it.
import type { DesktopBridge } from '../../electron/ipc/bridge.ts';
import { joinPath } from './paths.ts';

export type SaveKind = 'csv' | 'png' | 'svg' | 'safetensors' | 'onnx' | 'npz';

/** What our own dialog is asked for; `resolve` gets the path or null. */
export interface PickerQuestion {
  readonly kind: 'folder' | 'csv' | 'save';
  readonly title: string;
  readonly startIn?: string;
  readonly suggestedName?: string;
  readonly resolve: (path: string | null) => void;
}

export class FilePicker {
  /** The question that our own dialog shows; null while there is none. */
  question = $state.raw<PickerQuestion | null>(null);
  readonly #desktop: DesktopBridge | null;

  constructor(desktop: DesktopBridge | null) {
    this.#desktop = desktop;
  }

  chooseFolder(title: string, startIn?: string): Promise<string | null> {
    if (this.#desktop) return this.#desktop.chooseFolder({ title, startIn });
    return this.#ask({ kind: 'folder', title, startIn });
  }

  chooseTable(title: string, startIn?: string): Promise<string | null> {
    if (this.#desktop) return this.#desktop.chooseFile({ title, kind: 'csv', startIn });
    return this.#ask({ kind: 'csv', title, startIn });
  }

  /** Where the engine shall write a file. Our own dialog opens in the project's folder of exports, never beside images. */
  chooseSavePath(
    title: string,
    suggestedName: string,
    kind: SaveKind,
    project: string,
  ): Promise<string | null> {
    if (this.#desktop) return this.#desktop.chooseSavePath({ title, suggestedName, kind });
    return this.#ask({ kind: 'save', title, suggestedName, startIn: joinPath(project, 'exports') });
  }

  /** Of a path to save at: whether the person was asked before a file there is replaced, as the system's dialog does. */
  agreedToReplace(path: string): string[] | undefined {
    return this.#desktop ? [path] : undefined;
  }

  /** Saves bytes that the interface made (a chart, a table): the system's dialog, or the browser's download. */
  async saveBytes(suggestedName: string, bytes: Uint8Array<ArrayBuffer>, mime: string): Promise<void> {
    if (this.#desktop) {
      await this.#desktop.saveFile({ suggestedName, bytes });
      return;
    }
    const url = URL.createObjectURL(new Blob([bytes], { type: mime }));
    const link = document.createElement('a');
    link.href = url;
    link.download = suggestedName;
    link.click();
    // Not at once: a browser may begin to read it only after this.
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  }

  answer(path: string | null): void {
    const { question } = this;
    this.question = null;
    question?.resolve(path);
  }

  #ask(question: Omit<PickerQuestion, 'resolve'>): Promise<string | null> {
    this.question?.resolve(null);
    return new Promise((resolve) => {
      this.question = { ...question, resolve };
    });
  }
}
