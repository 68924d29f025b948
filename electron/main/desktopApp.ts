// The desktop app: one window, one engine, and what happens between them. Each part's own logic is in its own file.
import {
  app,
  dialog,
  Menu,
  Notification,
  powerSaveBlocker,
  session,
  shell,
  type BrowserWindow,
} from 'electron';
import type { EngineEventMessage } from '../../engine/contract/wire.ts';
import type { CloseAnswer, DesktopPlatform } from '../ipc/bridge.ts';
import type { NoticeName, Notices } from '../ipc/channels.ts';
import { showTrayIcon } from './background.ts';
import { CloseGuard } from './closeGuard.ts';
import { Dialogs } from './dialogs.ts';
import { DesktopEngine } from './engine.ts';
import { handleInvocations } from './handleInvocations.ts';
import { lockSession } from './lockSession.ts';
import { createMainWindow } from './mainWindow.ts';
import { buildMenu } from './menu.ts';
import { findProjectFolder } from './openedProject.ts';
import { places } from './places.ts';

export class DesktopApp {
  readonly #engine = new DesktopEngine({
    onEvent: (message) => this.#handleEvent(message),
    onStarted: () => this.#window && this.#isPageReady && this.#givePort(this.#window),
    onLost: () => this.#notify('engine.lost', null),
  });
  readonly #guard = new CloseGuard({
    isTraining: () => this.#engine.isTraining(),
    ask: () => this.#ask(),
    askNatively: () => void this.#askNatively(),
    hide: () => this.#hide(),
    pauseTraining: () => this.#engine.pauseTraining(),
    quit: () => app.quit(),
  });
  readonly #dialogs = new Dialogs();
  #window: BrowserWindow | null = null;
  #isStarted = false;
  #isPageReady = false;
  #projectToOpen: string | null = null;
  #removeTray: () => void = () => undefined;
  #sleepBlocker: number | null = null;

  /** Once Electron is ready. */
  start(): void {
    this.#isStarted = true;
    this.#engine.start();
    handleInvocations({
      window: () => this.#window,
      dialogs: this.#dialogs,
      connectEngine: (window) => this.#connectPage(window),
      answerClose: (answer) => void this.#guard.answer(answer),
    });
    lockSession(session.defaultSession, {
      rendererFolder: places.renderer,
      renderImage: (payload, signal) => this.#engine.request('image.render', payload, signal),
    });
    this.#setMenu();
    this.#createWindow();
  }

  /** From a file manager, the command line or a second start; null only brings the window up. */
  openProject(folder: string | null): void {
    if (folder !== null) {
      app.addRecentDocument(folder);
      if (this.#isPageReady) this.#notify('project.open', folder);
      else this.#projectToOpen = folder;
    }
    if (this.#isStarted) this.show();
  }

  show(): void {
    if (!this.#window) {
      this.#createWindow();
      return;
    }
    this.#removeTray();
    this.#guard.shown();
    if (this.#window.isMinimized()) this.#window.restore();
    this.#window.show();
    this.#window.focus();
  }

  /** True when the app may end now; otherwise the person is asked first where something trains. */
  mayQuit(): boolean {
    if (!this.#guard.mayQuit) void this.#guard.request();
    return this.#guard.mayQuit;
  }

  /** The system shuts down: there is no time to ask. */
  pauseAndQuit(): void {
    void this.#guard.pauseAndQuit();
  }

  close(): void {
    this.#removeTray();
    this.#engine.close();
  }

  #createWindow(): void {
    const window = createMainWindow();
    this.#window = window;
    window.webContents.on('did-start-navigation', ({ isMainFrame, isSameDocument }) => {
      if (isMainFrame && !isSameDocument) this.#isPageReady = false;
    });
    window.on('close', (event) => {
      if (this.#guard.mayQuit) return;
      event.preventDefault();
      // On a Mac an app goes on without its window, and so does what trains.
      if (process.platform === 'darwin') window.hide();
      else void this.#guard.request();
    });
    // Windows ends the session without asking the app to quit.
    window.on('session-end', () => this.pauseAndQuit());
    window.on('closed', () => {
      this.#window = null;
      this.#isPageReady = false;
    });
  }

  #connectPage(window: BrowserWindow): void {
    this.#isPageReady = true;
    this.#givePort(window);
    if (this.#projectToOpen !== null) this.#notify('project.open', this.#projectToOpen);
    this.#projectToOpen = null;
  }

  #givePort(window: BrowserWindow): void {
    const port = this.#engine.openPort();
    if (port) window.webContents.postMessage('engine.port' satisfies NoticeName, null, [port]);
  }

  #notify<Name extends NoticeName>(name: Name, payload: Notices[Name]): void {
    this.#window?.webContents.send(name, payload);
  }

  #handleEvent({ name }: EngineEventMessage): void {
    if (name !== 'run.changed') return;
    void this.#guard.runsChanged();
    void this.#updateSleepBlocker();
  }

  /** A computer that falls asleep by itself would stop a run over night. */
  async #updateSleepBlocker(): Promise<void> {
    const isTraining = await this.#engine.isTraining().catch(() => false);
    if (isTraining) this.#sleepBlocker ??= powerSaveBlocker.start('prevent-app-suspension');
    else if (this.#sleepBlocker !== null) {
      powerSaveBlocker.stop(this.#sleepBlocker);
      this.#sleepBlocker = null;
    }
  }

  #ask(): void {
    this.show();
    if (this.#isPageReady && !this.#window!.webContents.isCrashed()) this.#notify('close.asked', null);
    else void this.#askNatively();
  }

  async #askNatively(): Promise<void> {
    const answers: readonly CloseAnswer[] = ['background', 'stop', 'cancel'];
    const { response } = await dialog.showMessageBox({
      type: 'question',
      message: 'A run is training.',
      detail: 'It can go on without the window, or write a checkpoint and go on from there another time.',
      buttons: ['Keep training in the background', 'Stop safely', 'Cancel'],
      cancelId: 2,
      defaultId: 0,
    });
    await this.#guard.answer(answers[response]!);
  }

  #hide(): void {
    this.#window?.hide();
    this.#removeTray = showTrayIcon({ show: () => this.show(), pauseAndQuit: () => this.pauseAndQuit() });
    if (Notification.isSupported()) {
      new Notification({
        title: 'Thimble',
        // Not every desktop shows icons of programs without a window.
        body: 'Training goes on. Its icon, or starting Thimble again, brings the window back.',
      }).show();
    }
  }

  #setMenu(): void {
    const actions = {
      send: (command: Notices['command']) => this.#notify('command', command),
      openProject: () => void this.#chooseProject(),
      showLicences: () => void shell.openPath(places.licences),
    };
    const template = buildMenu(actions, {
      platform: process.platform as DesktopPlatform,
      hasDeveloperTools: !app.isPackaged,
    });
    Menu.setApplicationMenu(Menu.buildFromTemplate(template));
  }

  async #chooseProject(): Promise<void> {
    if (!this.#window) return;
    const path = await this.#dialogs.chooseProject(this.#window);
    if (path === null) return;
    // What is no project is passed on as it is: the page explains why it cannot be opened.
    this.openProject(findProjectFolder(path) ?? path);
  }
}
