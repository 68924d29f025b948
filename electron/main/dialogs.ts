// The system's dialogs for files and folders. Each answers a path, or null when the person cancelled.
import { writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { app, dialog, type BrowserWindow, type FileFilter } from 'electron';
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

export async function chooseFolder(
  window: BrowserWindow,
  { title, startIn }: InvocationPayload<'dialog.chooseFolder'>,
): Promise<string | null> {
  const { filePaths } = await dialog.showOpenDialog(window, {
    title,
    message: title,
    defaultPath: startIn,
    properties: ['openDirectory', 'createDirectory', 'dontAddToRecent'],
  });
  return filePaths[0] ?? null;
}

export async function chooseFile(
  window: BrowserWindow,
  { title, kind, startIn }: InvocationPayload<'dialog.chooseFile'>,
): Promise<string | null> {
  const { filePaths } = await dialog.showOpenDialog(window, {
    title,
    message: title,
    defaultPath: startIn,
    filters: openFilters(kind),
    properties: ['openFile', 'dontAddToRecent'],
  });
  return filePaths[0] ?? null;
}

/** A project by its folder or, where the system's dialog can take either, the file that stands for it. */
export async function chooseProject(window: BrowserWindow): Promise<string | null> {
  const title = 'Open a project';
  const { filePaths } = await dialog.showOpenDialog(window, {
    title,
    message: title,
    filters: [{ name: 'Thimble projects', extensions: [projectFileExtension.slice(1)] }],
    properties: process.platform === 'darwin' ? ['openFile', 'openDirectory'] : ['openDirectory'],
  });
  return filePaths[0] ?? null;
}

export async function chooseSavePath(
  window: BrowserWindow,
  options: { readonly title: string; readonly suggestedName: string; readonly kind?: SaveFileKind },
): Promise<string | null> {
  const { title, suggestedName, kind } = options;
  const { canceled, filePath } = await dialog.showSaveDialog(window, {
    title,
    message: title,
    defaultPath: join(app.getPath('documents'), suggestedName),
    filters: saveFilters(suggestedName, kind),
    properties: ['showOverwriteConfirmation', 'createDirectory', 'dontAddToRecent'],
  });
  return canceled || filePath === '' ? null : filePath;
}

export async function saveFile(
  window: BrowserWindow,
  { suggestedName, bytes }: InvocationPayload<'file.save'>,
): Promise<string | null> {
  const path = await chooseSavePath(window, { title: 'Save', suggestedName });
  if (path === null) return null;
  try {
    await writeFile(path, bytes);
  } catch (cause) {
    const isFull = (cause as NodeJS.ErrnoException).code === 'ENOSPC';
    throw new EngineError(isFull ? 'disk.full' : 'file.unwritable', `${path} could not be written`, {
      details: { path },
      cause,
    });
  }
  return path;
}
