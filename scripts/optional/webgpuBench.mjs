// Times training steps on the graphics card: see webgpuBench.ts. usage: npm run bench:webgpu [-- --sizes mid:32 --steps N]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleProgram } from '../build.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
mkdirSync(join(root, 'dist'), { recursive: true });
// There it finds the native packages.
const folder = mkdtempSync(join(root, 'dist', 'bench-'));
try {
  const program = await bundleProgram('scripts/optional/webgpuBench.ts', folder);
  const { status } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
  process.exitCode = status ?? 1;
} finally {
  rmSync(folder, { recursive: true, force: true });
}
