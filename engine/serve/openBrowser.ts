// Opens an address in the person's browser, where there is a desktop to open it on.
import { spawn } from 'node:child_process';

/** True where this process can show windows: not over SSH, not in a container. */
export function hasDesktop(
  platform: NodeJS.Platform = process.platform,
  environment: NodeJS.ProcessEnv = process.env,
): boolean {
  if (platform === 'win32') return true;
  if (platform === 'darwin') return environment['SSH_CONNECTION'] === undefined;
  return Boolean(environment['DISPLAY'] || environment['WAYLAND_DISPLAY']);
}

function openCommand(platform: NodeJS.Platform, url: string): [string, ...string[]] {
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler', url];
  return [platform === 'darwin' ? 'open' : 'xdg-open', url];
}

/** Answers whether an opener was started; whether it finds a browser is up to the system. */
export function openBrowser(url: string, platform: NodeJS.Platform = process.platform): Promise<boolean> {
  const [command, ...argumentList] = openCommand(platform, url);
  return new Promise((resolve) => {
    const child = spawn(command, argumentList, { detached: true, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}
