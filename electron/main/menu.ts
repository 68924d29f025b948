// The native menu. The renderer answers its commands and their keys; the menu shows them and does what is the system's.
import type { MenuItemConstructorOptions } from 'electron';
import type { DesktopCommand, DesktopPlatform } from '../ipc/bridge.ts';

export interface MenuActions {
  readonly send: (command: DesktopCommand) => void;
  readonly openProject: () => void;
  readonly showLicences: () => void;
}

export interface MenuOptions {
  readonly platform: DesktopPlatform;
  /** Tools for whoever works on Thimble itself. */
  readonly hasDeveloperTools: boolean;
}

type Items = MenuItemConstructorOptions[];

/** Its keys are only shown: the renderer hears them itself, on every platform and in the browser too. */
function commandItem(
  label: string,
  command: DesktopCommand,
  { send }: MenuActions,
  accelerator?: string,
): MenuItemConstructorOptions {
  return {
    id: command,
    label,
    click: () => send(command),
    ...(accelerator === undefined ? {} : { accelerator, registerAccelerator: false }),
  };
}

function appMenu(actions: MenuActions): MenuItemConstructorOptions {
  return {
    role: 'appMenu',
    label: 'Thimble',
    submenu: [
      { role: 'about' },
      { type: 'separator' },
      commandItem('Settings…', 'go.settings', actions, 'Command+,'),
      { type: 'separator' },
      { role: 'services' },
      { type: 'separator' },
      { role: 'hide' },
      { role: 'hideOthers' },
      { role: 'unhide' },
      { type: 'separator' },
      { role: 'quit' },
    ],
  };
}

function fileMenu(actions: MenuActions, isMac: boolean): MenuItemConstructorOptions {
  const items: Items = [
    { label: 'Open project…', accelerator: 'CommandOrControl+O', click: actions.openProject },
    { role: 'recentDocuments', submenu: [{ role: 'clearRecentDocuments' }], visible: isMac },
    { type: 'separator' },
    commandItem('New run', 'run.new', actions, 'CommandOrControl+N'),
    { type: 'separator' },
    ...(isMac
      ? [{ role: 'close' } as const]
      : [
          commandItem('Settings…', 'go.settings', actions, 'Control+,'),
          { type: 'separator' } as const,
          { role: 'quit' } as const,
        ]),
  ];
  return { label: '&File', submenu: items };
}

function viewMenu(actions: MenuActions, hasDeveloperTools: boolean): MenuItemConstructorOptions {
  const items: Items = [
    commandItem('Find a command…', 'palette', actions, 'CommandOrControl+K'),
    { type: 'separator' },
    commandItem('All projects', 'go.home', actions, 'CommandOrControl+0'),
    commandItem('Images', 'go.images', actions, 'CommandOrControl+1'),
    commandItem('Runs', 'go.runs', actions, 'CommandOrControl+2'),
    commandItem('Compare', 'go.compare', actions, 'CommandOrControl+3'),
    commandItem('Compute', 'go.compute', actions, 'CommandOrControl+4'),
    { type: 'separator' },
    // Control+0 is the list of projects, so the usual size has no key.
    { role: 'resetZoom', accelerator: '' },
    { role: 'zoomIn' },
    { role: 'zoomOut' },
    { role: 'togglefullscreen' },
    ...(hasDeveloperTools
      ? [{ type: 'separator' } as const, { role: 'reload' } as const, { role: 'toggleDevTools' } as const]
      : []),
  ];
  return { label: '&View', submenu: items };
}

export function buildMenu(actions: MenuActions, { platform, hasDeveloperTools }: MenuOptions): Items {
  const isMac = platform === 'darwin';
  return [
    ...(isMac ? [appMenu(actions)] : []),
    fileMenu(actions, isMac),
    { role: 'editMenu', label: '&Edit' },
    viewMenu(actions, hasDeveloperTools),
    { role: 'windowMenu', label: '&Window' },
    {
      role: 'help',
      label: '&Help',
      submenu: [
        commandItem('Glossary', 'go.glossary', actions),
        { label: 'Licences', click: actions.showLicences },
        ...(isMac ? [] : [{ role: 'about' } as const]),
      ],
    },
  ];
}
