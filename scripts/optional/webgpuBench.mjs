// Times training steps on the graphics card: see webgpuBench.ts. usage: npm run bench:webgpu [-- --sizes mid:32 --steps N]
import { spawnSync } from 'node:child_process';
import { withBundledProgram } from '../build.mjs';

process.exitCode = await withBundledProgram('scripts/optional/webgpuBench.ts', (program) => {
  const { status } = spawnSync(process.execPath, [program, ...process.argv.slice(2)], { stdio: 'inherit' });
  return status ?? 1;
});
