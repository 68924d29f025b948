// The doors of the main process: every call of the window is checked for who calls and what with.
import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { ipcMain, nativeTheme, shell, type BrowserWindow } from 'electron';
import { EngineError, serializeError } from '../../engine/contract/errors.ts';
import type { CloseAnswer } from '../ipc/bridge.ts';
import {
  invocationSchemas,
  parseInvocation,
  type InvocationName,
  type InvocationPayload,
  type InvocationResults,
} from '../ipc/channels.ts';
import type { Dialogs } from './dialogs.ts';
import { isOwnFrame } from './policy.ts';

export interface InvocationActions {
  readonly window: () => BrowserWindow | null;
  readonly dialogs: Dialogs;
  readonly connectEngine: (window: BrowserWindow) => void;
  readonly answerClose: (answer: CloseAnswer) => void;
}

/** Total by its type: an invocation without a handler does not compile. */
type Handlers = {
  readonly [Name in InvocationName]: (
    window: BrowserWindow,
    payload: InvocationPayload<Name>,
  ) => InvocationResults[Name] | Promise<InvocationResults[Name]>;
};

function buildHandlers({ dialogs, connectEngine, answerClose }: InvocationActions): Handlers {
  return {
    'engine.connect': (window) => connectEngine(window),
    'dialog.chooseFolder': (window, options) => dialogs.chooseFolder(window, options),
    'dialog.chooseFile': (window, options) => dialogs.chooseFile(window, options),
    'dialog.chooseSavePath': (window, options) => dialogs.chooseSavePath(window, options),
    'file.save': (window, file) => dialogs.saveFile(window, file),
    'folder.show': (_window, { path }) => {
      // Showing never opens: the file manager only points at the file.
      if (isAbsolute(path) && existsSync(path)) shell.showItemInFolder(path);
    },
    'theme.set': (_window, { theme }) => {
      nativeTheme.themeSource = theme;
    },
    'progress.set': (window, { share }) => window.setProgressBar(share ?? -1),
    'close.answer': (_window, { answer }) => answerClose(answer),
  };
}

export function handleInvocations(actions: InvocationActions): void {
  const handlers = buildHandlers(actions);
  for (const name of Object.keys(invocationSchemas) as InvocationName[]) {
    const handler = handlers[name] as (window: BrowserWindow, payload: unknown) => unknown;
    ipcMain.handle(name, async (event, payload: unknown) => {
      try {
        const window = actions.window();
        if (!window || event.sender !== window.webContents || !isOwnFrame(event.senderFrame)) {
          throw new EngineError('request.invalid', `${name} was called from outside the app's page`);
        }
        return { kind: 'result', result: await handler(window, parseInvocation(name, payload)) };
      } catch (cause) {
        return { kind: 'error', error: serializeError(cause) };
      }
    });
  }
}
