// The main process's beginning: one instance, locked down before anything is shown.
import { join } from 'node:path';
import { app, powerMonitor, type Event } from 'electron';
import { DesktopApp } from './desktopApp.ts';
import { prepareLock } from './lockSession.ts';
import { findOpenedProject, findProjectFolder } from './openedProject.ts';

app.setName('Thimble');
// The same place for a package and a built tree, unless the command line names another.
if (!app.commandLine.hasSwitch('user-data-dir')) {
  app.setPath('userData', join(app.getPath('appData'), 'Thimble'));
}
// Windows groups windows, and keeps notifications, by this name; it is the installer's too.
app.setAppUserModelId('org.thimble.desktop');

if (app.requestSingleInstanceLock()) run();
else app.quit();

function run(): void {
  prepareLock();
  const desktop = new DesktopApp();
  // A built tree is started as `electron FILE`, a package by its own name.
  const ownArguments = (argumentList: readonly string[]) => argumentList.slice(app.isPackaged ? 1 : 2);
  desktop.openProject(findOpenedProject(ownArguments(process.argv), process.cwd()));
  app.on('second-instance', (_event, argumentList, workingFolder) => {
    desktop.openProject(findOpenedProject(ownArguments(argumentList), workingFolder));
  });
  app.on('open-file', (event, path) => {
    event.preventDefault();
    desktop.openProject(findProjectFolder(path) ?? path);
  });
  app.on('activate', () => desktop.openProject(null));
  app.on('before-quit', (event) => {
    if (!desktop.mayQuit()) event.preventDefault();
  });
  app.on('window-all-closed', () => app.quit());
  app.on('will-quit', () => desktop.close());
  void app.whenReady().then(() => {
    powerMonitor.on('shutdown', ((event: Event) => {
      // Asks the system to wait until what trains has written its checkpoint.
      event.preventDefault();
      desktop.pauseAndQuit();
      // Electron's types leave the event out.
    }) as () => void);
    desktop.start();
  });
}
