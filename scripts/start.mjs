// `npm start`: the desktop app; in the browser where Electron or a display is missing, with the reason.
// usage: npm start [-- PROJECT_FOLDER]
import { spawn } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildStale } from './buildAll.mjs';
import { fetchElectron, findElectron } from './electronBinary.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
/** An app that ends with an error before this never came up. */
const comesUpWithinMs = 8_000;

const say = (sentence) => console.error(sentence);

function hasDisplay() {
  return process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

function run(command, argumentList, environment = process.env) {
  return new Promise((resolve) => {
    const child = spawn(command, argumentList, { stdio: 'inherit', env: environment });
    // The terminal sends Ctrl+C to the child as well; this process only waits for it.
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => child.kill('SIGTERM'));
    child.once('error', () => resolve(1));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

/** Why there can be no window; null where there can. */
function findObstacle() {
  if (!hasDisplay()) return 'There is no display here';
  if (process.platform === 'linux' && process.getuid?.() === 0) return 'Electron does not run for root';
  return null;
}

/** Answers why the app could not be started, or null once it was and has ended. */
async function startDesktop() {
  const obstacle = findObstacle();
  if (obstacle) return obstacle;
  const electron = findElectron() ?? (await fetchElectron(say));
  if (!electron) return 'Electron is not installed and could not be fetched';
  const environment = { ...process.env };
  // Would make Electron a plain Node.
  delete environment.ELECTRON_RUN_AS_NODE;
  const startedAtMs = performance.now();
  const main = join(root, 'dist', 'electron', 'main.mjs');
  // npm starts this in the repository; paths are meant from where the person is.
  const from = process.env.INIT_CWD ?? process.cwd();
  const argumentList = process.argv
    .slice(2)
    .map((text) => (text.startsWith('-') ? text : resolve(from, text)));
  const code = await run(electron, [main, ...argumentList], environment);
  const neverCameUp = code !== 0 && performance.now() - startedAtMs < comesUpWithinMs;
  if (neverCameUp) return `Electron ended at once (exit code ${code})`;
  process.exitCode = code;
  return null;
}

await buildStale();
const reason = await startDesktop();
if (reason !== null) {
  say(`${reason}, so Thimble opens in the browser.`);
  process.exitCode = await run(process.execPath, [
    join(root, 'dist', 'engine', 'thimble.mjs'),
    'serve',
    '--open',
  ]);
}
