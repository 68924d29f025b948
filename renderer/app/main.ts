// Starts the interface: finds the way to the engine, then shows the app.
import '../styles/app.css';
import { mount } from 'svelte';
import type { DesktopBridge } from '../../electron/ipc/bridge.ts';
import { DesktopTransport } from '../bridge/desktopTransport.ts';
import { SocketTransport } from '../bridge/socketTransport.ts';
import { AppState } from '../state/appState.svelte.ts';
import App from './App.svelte';

declare global {
  interface Window {
    /** There in the desktop app, put there by its preload script. */
    readonly thimble?: DesktopBridge;
  }
}

const desktop = window.thimble ?? null;
const transport = desktop
  ? new DesktopTransport(desktop)
  : new SocketTransport(`${location.origin.replace(/^http/, 'ws')}/socket`);

mount(App, {
  target: document.querySelector('#app')!,
  props: { app: new AppState(transport, desktop) },
});
