// The one window.
import { join } from 'node:path';
import { app, BrowserWindow, nativeTheme, screen } from 'electron';
import { places } from './places.ts';
import { appUrl } from './policy.ts';
import { fitWindow, loadWindowState, saveWindowState, smallestWindow } from './windowState.ts';

/** The page's own paper, so that nothing flashes before it is drawn. */
const paper = { light: '#FBFAF7', dark: '#141719' } as const;

function windowStateFile(): string {
  return join(app.getPath('userData'), 'window.json');
}

export function createMainWindow(): BrowserWindow {
  const areas = screen.getAllDisplays().map(({ workArea }) => workArea);
  const { isMaximized, ...bounds } = fitWindow(loadWindowState(windowStateFile(), process.platform), areas);
  const window = new BrowserWindow({
    ...bounds,
    minWidth: smallestWindow.width,
    minHeight: smallestWindow.height,
    show: false,
    autoHideMenuBar: true,
    title: 'Thimble',
    icon: process.platform === 'linux' ? join(places.icons, 'icon-256.png') : undefined,
    backgroundColor: nativeTheme.shouldUseDarkColors ? paper.dark : paper.light,
    webPreferences: {
      preload: places.preload,
      sandbox: true,
      contextIsolation: true,
      nodeIntegration: false,
      nodeIntegrationInWorker: false,
      webSecurity: true,
      webviewTag: false,
      spellcheck: false,
      navigateOnDragDrop: false,
      devTools: !app.isPackaged,
    },
  });
  if (isMaximized) window.maximize();
  window.once('ready-to-show', () => window.show());
  keepState(window);
  reloadAfterCrash(window);
  void window.loadURL(appUrl);
  return window;
}

function keepState(window: BrowserWindow): void {
  window.on('close', () => {
    saveWindowState(windowStateFile(), { ...window.getNormalBounds(), isMaximized: window.isMaximized() });
  });
}

/** The page holds nothing that the engine does not have, so it can be loaded again; not in a circle, though. */
function reloadAfterCrash(window: BrowserWindow): void {
  let crashedAtMs = -Infinity;
  window.webContents.on('render-process-gone', (_event, { reason }) => {
    if (reason === 'clean-exit') return;
    const isFirst = performance.now() - crashedAtMs > 10_000;
    crashedAtMs = performance.now();
    if (isFirst) window.webContents.reload();
  });
}
