// The system's dialogs for files and folders. Each answers a path, or null when the person cancelled, and begins where the
// last one ended: Electron would begin in Downloads every time.
import { writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { app, dialog, type BrowserWindow, type FileFilter, type OpenDialogOptions } from 'electron';
import { EngineError } from '../../engine/contract/errors.ts';
import type { OpenFileKind, SaveFileKind } from '../ipc/bridge.ts';
import type { InvocationPayload } from '../ipc/channels.ts';
import { projectFileExtension } from './openedProject.ts';

const kindNames: Readonly<Record<SaveFileKind, string>> = {
  csv: 'Table (CSV)',
  png: 'Picture (PNG)',
  svg: 'Drawing (SVG)',
  safetensors: 'Weights (safetensors)',
  onnx: 'Model (ONNX)',
  npz: 'Arrays (NumPy)',
};

function openFilters(kind: OpenFileKind): FileFilter[] {
  const any = { name: 'All files', extensions: ['*'] };
  return kind === 'csv' ? [{ name: 'Tables', extensions: ['csv', 'tsv', 'txt'] }, any] : [any];
}

function saveFilters(name: string, kind?: SaveFileKind): FileFilter[] {
  const extension = kind ?? extname(name).slice(1);
  const title = kindNames[extension as SaveFileKind] ?? 'File';
  return extension === '' ? [] : [{ name: title, extensions: [extension] }];
}

export class Dialogs {
  /** Folders that hold what was chosen last. */
  #openedIn: string | undefined;
  #savedIn: string | undefined;

  chooseFolder(
    window: BrowserWindow,
    { title, startIn }: InvocationPayload<'dialog.chooseFolder'>,
  ): Promise<string | null> {
    return this.#open(window, title, {
      defaultPath: startIn,
      properties: ['openDirectory', 'createDirectory', 'dontAddToRecent'],
    });
  }

  chooseFile(
    window: BrowserWindow,
    { title, kind, startIn }: InvocationPayload<'dialog.chooseFile'>,
  ): Promise<string | null> {
    return this.#open(window, title, {
      defaultPath: startIn,
      filters: openFilters(kind),
      properties: ['openFile', 'dontAddToRecent'],
    });
  }

  /** A project by its folder or, where the system's dialog can take either, the file that stands for it. */
  chooseProject(window: BrowserWindow): Promise<string | null> {
    return this.#open(window, 'Open a project', {
      filters: [{ name: 'Thimble projects', extensions: [projectFileExtension.slice(1)] }],
      properties: process.platform === 'darwin' ? ['openFile', 'openDirectory'] : ['openDirectory'],
    });
  }

  async chooseSavePath(
    window: BrowserWindow,
    options: { readonly title: string; readonly suggestedName: string; readonly kind?: SaveFileKind },
  ): Promise<string | null> {
    const { title, suggestedName, kind } = options;
    const { canceled, filePath } = await dialog.showSaveDialog(window, {
      title,
      message: title,
      defaultPath: join(this.#savedIn ?? app.getPath('documents'), suggestedName),
      filters: saveFilters(suggestedName, kind),
      properties: ['showOverwriteConfirmation', 'createDirectory', 'dontAddToRecent'],
    });
    if (canceled || filePath === '') return null;
    this.#savedIn = dirname(filePath);
    return filePath;
  }

  async saveFile(
    window: BrowserWindow,
    { suggestedName, bytes }: InvocationPayload<'file.save'>,
  ): Promise<string | null> {
    const path = await this.chooseSavePath(window, { title: 'Save', suggestedName });
    if (path !== null) await write(path, bytes);
    return path;
  }

  async #open(window: BrowserWindow, title: string, options: OpenDialogOptions): Promise<string | null> {
    const { filePaths } = await dialog.showOpenDialog(window, {
      ...options,
      title,
      message: title,
      defaultPath: options.defaultPath ?? this.#openedIn,
    });
    const path = filePaths[0];
    if (path === undefined) return null;
    this.#openedIn = dirname(path);
    return path;
  }
}

async function write(path: string, bytes: Uint8Array): Promise<void> {
  try {
    await writeFile(path, bytes);
  } catch (cause) {
    const isFull = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
    throw new EngineError(isFull ? 'disk.full' : 'file.unwritable', `${path} could not be written`, {
      details: { path },
      cause,
    });
  }
}
