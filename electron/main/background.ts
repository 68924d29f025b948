// The icon that stands for Thimble while runs train and no window shows.
import { join } from 'node:path';
import { Menu, nativeImage, Tray } from 'electron';
import { places } from './places.ts';

export interface BackgroundActions {
  readonly show: () => void;
  readonly pauseAndQuit: () => void;
}

/** Returns how to take it away. */
export function showTrayIcon({ show, pauseAndQuit }: BackgroundActions): () => void {
  const name = process.platform === 'darwin' ? 'trayTemplate.png' : 'icon-32.png';
  const tray = new Tray(nativeImage.createFromPath(join(places.icons, name)));
  tray.setToolTip('Thimble is training');
  tray.setContextMenu(
    Menu.buildFromTemplate([
      { label: 'Show Thimble', click: show },
      { type: 'separator' },
      { label: 'Pause training safely and quit', click: pauseAndQuit },
    ]),
  );
  tray.on('click', show);
  return () => tray.destroy();
}
