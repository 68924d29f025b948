// `npm run test:electron`: the real app through Playwright, wherever Electron and a display are; says so in one sentence where
// they are not.
import { spawnSync } from 'node:child_process';
import { buildStale } from './buildAll.mjs';
import { fetchElectron, findElectron } from './electronBinary.mjs';

const hasDisplay =
  process.platform !== 'linux' || Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);

async function findObstacle() {
  if (!hasDisplay) return 'there is no display (xvfb-run gives one)';
  const electron = findElectron() ?? (await fetchElectron((sentence) => console.log(sentence)));
  return electron ? null : 'Electron is not installed and could not be fetched';
}

const obstacle = await findObstacle();
if (obstacle !== null) {
  console.log(`The desktop app was not tested: ${obstacle}.`);
} else {
  await buildStale();
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', 'tests/electron/journey.test.ts'];
  const { status } = spawnSync(process.execPath, vitest, {
    stdio: 'inherit',
    env: { ...process.env, THIMBLE_ELECTRON: findElectron() },
  });
  process.exitCode = status ?? 1;
}
