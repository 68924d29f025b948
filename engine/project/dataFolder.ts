// Where the app keeps what belongs to no project. Any room may ask.
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** THIMBLE_DATA, else where the platform keeps what programs remember of a person. */
export function findDataFolder(
  env: NodeJS.ProcessEnv = process.env,
  platform: NodeJS.Platform = process.platform,
  home: string = homedir(),
): string {
  if (env['THIMBLE_DATA']) return resolve(env['THIMBLE_DATA']);
  if (platform === 'win32') return join(env['APPDATA'] || join(home, 'AppData', 'Roaming'), 'Thimble');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'Thimble');
  return join(env['XDG_DATA_HOME'] || join(home, '.local', 'share'), 'thimble');
}
