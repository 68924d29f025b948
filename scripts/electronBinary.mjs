// Electron's own program, which npm does not bring: finds it, and fetches it once where it can be fetched.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const electronPackage = join(dirname(fileURLToPath(import.meta.url)), '..', 'node_modules', 'electron');
const fetchLimitMs = 5 * 60_000;
const reachLimitMs = 5_000;

/** The folder of its distribution, whether it is there or not. */
export function electronFolder() {
  return process.env.ELECTRON_OVERRIDE_DIST_PATH ?? join(electronPackage, 'dist');
}

/** Its path; null where it is not there. */
export function findElectron() {
  const pathFile = join(electronPackage, 'path.txt');
  if (!existsSync(pathFile)) return null;
  const binary = join(electronFolder(), readFileSync(pathFile, 'utf8'));
  return existsSync(binary) ? binary : null;
}

/** Whether the place that it is fetched from can be reached at all, so that nobody waits minutes for nothing. */
async function canReachSource() {
  // A mirror may lie anywhere, behind whatever proxy; its owner knows.
  if (process.env.ELECTRON_MIRROR || process.env.npm_config_electron_mirror) return true;
  try {
    await fetch('https://github.com', { method: 'HEAD', signal: AbortSignal.timeout(reachLimitMs) });
    return true;
  } catch {
    // No network, or none that leads there: both mean the same here.
    return false;
  }
}

/** Tries once. Answers the path, or null where it cannot be had; `say` is told when it takes a while. */
export async function fetchElectron(say) {
  if (!existsSync(join(electronPackage, 'install.js')) || !(await canReachSource())) return null;
  say('Fetching Electron (about 120 MB, this first time only)…');
  await new Promise((resolve) => {
    const installer = spawn(process.execPath, [join(electronPackage, 'install.js')], {
      stdio: 'ignore',
      timeout: fetchLimitMs,
    });
    installer.once('error', resolve);
    installer.once('exit', resolve);
  });
  return findElectron();
}
