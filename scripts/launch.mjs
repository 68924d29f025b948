// Starts a script under a Node new enough for the native packages (better-sqlite3 crashes on Node 20).
// usage: node scripts/launch.mjs FILE|thimble [ARGUMENT…]
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const oldestSupported = [22, 12];

function isSupported(version) {
  const [major, minor] = version.split('.').map(Number);
  return major > oldestSupported[0] || (major === oldestSupported[0] && minor >= oldestSupported[1]);
}

/** This process's own Node where it is new enough, else the one that npm installed for this platform. */
function findNode() {
  if (isSupported(process.versions.node)) return process.execPath;
  const platform = process.platform === 'win32' ? 'win' : process.platform;
  const binary = join(
    root,
    'node_modules',
    `node-${platform}-${process.arch}`,
    'bin',
    process.platform === 'win32' ? 'node.exe' : 'node',
  );
  if (existsSync(binary)) return binary;
  console.error(
    `Thimble needs Node ${oldestSupported.join('.')} or newer; this is ${process.version} and npm has no newer one for ${platform}-${process.arch}. Please install a current Node from nodejs.org.`,
  );
  process.exit(1);
}

function run(node, argumentList) {
  return new Promise((resolve) => {
    const child = spawn(node, argumentList, { stdio: 'inherit' });
    for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
    child.on('exit', (code, signal) => resolve(signal ? 1 : (code ?? 1)));
  });
}

async function build(script) {
  const code = await run(node, [join(root, 'scripts', script)]);
  if (code !== 0) process.exit(code);
}

const [target, ...rest] = process.argv.slice(2);
const node = findNode();
if (target !== 'thimble') process.exit(await run(node, [target, ...rest]));

const { isBuildStale } = await import('./build.mjs').catch(() => ({ isBuildStale: () => true }));
if (isBuildStale()) await build('build.mjs');
if (rest[0] === 'serve') {
  const { isRendererStale } = await import('./buildRenderer.mjs').catch(() => ({
    isRendererStale: () => true,
  }));
  if (isRendererStale()) await build('buildRenderer.mjs');
}
process.exit(await run(node, [join(root, 'dist', 'engine', 'thimble.mjs'), ...rest]));
