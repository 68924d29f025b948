// The few things of Electron that the main process uses, as far as its own code can tell the difference. The engine's
// process is recorded, not run.
import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { vi } from 'vitest';

export class FakePort extends EventEmitter {
  peer: FakePort | null = null;
  readonly sent: unknown[] = [];
  start(): void {}
  close(): void {}
  postMessage(data: unknown): void {
    this.sent.push(data);
    this.peer?.emit('message', { data });
  }
}

export class FakeUtility extends EventEmitter {
  readonly posted: {
    readonly message: { readonly kind: string; readonly id?: number };
    readonly ports: FakePort[];
  }[] = [];
  readonly file: string;
  readonly stdout = new PassThrough();
  readonly stderr = new PassThrough();
  isKilled = false;
  constructor(file: string) {
    super();
    this.file = file;
  }
  /** Ends as Electron tells it: its streams lose their listeners, though more may come out of them. */
  end(code: number, lastWords = ''): void {
    this.emit('exit', code);
    for (const stream of [this.stdout, this.stderr]) stream.removeAllListeners();
    this.stderr.end(lastWords);
    this.stdout.end();
  }
  postMessage(message: { readonly kind: string }, ports: FakePort[] = []): void {
    this.posted.push({ message, ports });
  }
  kill(): boolean {
    this.isKilled = true;
    return true;
  }
}

export class FakeContents extends EventEmitter {
  readonly sent: { readonly name: string; readonly payload: unknown; readonly ports: unknown[] }[] = [];
  openHandler: ((details: { url: string }) => unknown) | null = null;
  readonly session: unknown;
  constructor(session: unknown) {
    super();
    this.session = session;
  }
  send(name: string, payload: unknown): void {
    this.sent.push({ name, payload, ports: [] });
  }
  postMessage(name: string, payload: unknown, ports: unknown[]): void {
    this.sent.push({ name, payload, ports });
  }
  setWindowOpenHandler(handler: (details: { url: string }) => unknown): void {
    this.openHandler = handler;
  }
  isCrashed(): boolean {
    return false;
  }
}

export interface FakeWindow extends EventEmitter {
  readonly options: { readonly webPreferences: Record<string, unknown> } & Record<string, unknown>;
  readonly webContents: FakeContents;
  readonly url: string;
  readonly isVisible: boolean;
}

/** A fresh Electron, and what was done to it. */
export function createFakeElectron() {
  const app = Object.assign(new EventEmitter(), {
    isPackaged: true,
    switches: [] as [string, string | undefined][],
    quitCount: 0,
    setName: vi.fn(),
    setPath: vi.fn(),
    getPath: () => '/nowhere',
    getVersion: () => '0.0.0',
    setAppUserModelId: vi.fn(),
    requestSingleInstanceLock: () => true,
    enableSandbox: vi.fn(),
    isReady: () => true,
    whenReady: () => Promise.resolve(),
    addRecentDocument: vi.fn(),
    commandLine: {
      hasSwitch: () => false,
      appendSwitch: (name: string, value?: string) => app.switches.push([name, value]),
    },
    quit: () => {
      app.quitCount += 1;
      const event = { isPrevented: false, preventDefault: () => (event.isPrevented = true) };
      app.emit('before-quit', event);
    },
  });
  const session = Object.assign(new EventEmitter(), {
    handlers: {} as Record<string, (...values: never[]) => unknown>,
    protocol: {
      handle: (scheme: string, handler: (request: Request) => Promise<Response>) =>
        (session.handlers[scheme] = handler as never),
    },
    webRequest: { onBeforeRequest: (handler: never) => (session.handlers['request'] = handler) },
    setPermissionRequestHandler: (handler: never) => (session.handlers['permission'] = handler),
    setPermissionCheckHandler: (handler: never) => (session.handlers['check'] = handler),
    setDevicePermissionHandler: (handler: never) => (session.handlers['device'] = handler),
    setSpellCheckerEnabled: vi.fn(),
  });
  const windows: FakeWindow[] = [];
  class BrowserWindow extends EventEmitter {
    readonly options: FakeWindow['options'];
    readonly webContents = new FakeContents(session);
    url = '';
    isVisible = false;
    constructor(options: FakeWindow['options']) {
      super();
      this.options = options;
      windows.push(this);
      app.emit('web-contents-created', {}, this.webContents);
    }
    loadURL(url: string): Promise<void> {
      this.url = url;
      return Promise.resolve();
    }
    show(): void {
      this.isVisible = true;
    }
    hide(): void {
      this.isVisible = false;
    }
    focus(): void {}
    maximize(): void {}
    isMinimized(): boolean {
      return false;
    }
    isMaximized(): boolean {
      return false;
    }
    getNormalBounds() {
      return { x: 0, y: 0, width: 1100, height: 800 };
    }
    setProgressBar = vi.fn();
  }
  const utilities: FakeUtility[] = [];
  const invocations = new Map<string, (event: unknown, payload: unknown) => Promise<unknown>>();
  const electron = {
    app,
    session: { defaultSession: session },
    protocol: { registerSchemesAsPrivileged: vi.fn() },
    BrowserWindow,
    Menu: { setApplicationMenu: vi.fn(), buildFromTemplate: (template: unknown) => template },
    MessageChannelMain: class {
      readonly port1 = new FakePort();
      readonly port2 = new FakePort();
      constructor() {
        this.port1.peer = this.port2;
        this.port2.peer = this.port1;
      }
    },
    Notification: class {
      static isSupported = () => false;
      show = vi.fn();
    },
    Tray: class extends EventEmitter {
      setToolTip = vi.fn();
      setContextMenu = vi.fn();
      destroy = vi.fn();
    },
    dialog: { showOpenDialog: vi.fn(), showSaveDialog: vi.fn(), showMessageBox: vi.fn() },
    ipcMain: {
      handle: (name: string, handler: (event: unknown, payload: unknown) => Promise<unknown>) =>
        invocations.set(name, handler),
    },
    nativeImage: { createFromPath: (path: string) => path },
    nativeTheme: { shouldUseDarkColors: false, themeSource: 'system' },
    powerMonitor: new EventEmitter(),
    powerSaveBlocker: { start: vi.fn(() => 1), stop: vi.fn() },
    screen: { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] },
    shell: { showItemInFolder: vi.fn(), openPath: vi.fn() },
    utilityProcess: {
      fork: (file: string) => {
        const utility = new FakeUtility(file);
        utilities.push(utility);
        return utility;
      },
    },
  };
  return { electron, app, session, windows, utilities, invocations };
}
