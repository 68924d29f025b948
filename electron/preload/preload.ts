// Runs before the page, sandboxed: exposes `window.thimble` and nothing else.
import { contextBridge, ipcRenderer, webUtils } from 'electron';
import { version } from '../../package.json' with { type: 'json' };
import type { DesktopPlatform } from '../ipc/bridge.ts';
import { createBridge, type BridgePort } from './createBridge.ts';

contextBridge.exposeInMainWorld(
  'thimble',
  createBridge({
    platform: process.platform as DesktopPlatform,
    version,
    invoke: (name, payload) => ipcRenderer.invoke(name, payload),
    onNotice: (name, listener) => {
      ipcRenderer.on(name, (event, payload) => listener(payload, event.ports[0] as BridgePort | undefined));
    },
    pathOfFile: (file) => webUtils.getPathForFile(file),
  }),
);
