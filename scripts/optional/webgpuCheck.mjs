// Proves the WebGPU executor on this machine: the reference models, and training steps beside the CPU's. On the graphics
// card where there is one, else on a software one, else it says why it does not.
// usage: npm run check:webgpu [-- --software] [--steps N] [--seconds N]   Exit code 1 only where a number is wrong.
import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { withBundledProgram } from '../build.mjs';
import { softwareVulkanEnvironment } from './softwareVulkan.mjs';

/** With these the compared program says that there is no device, or that its numbers are wrong. */
const exitCodes = { wrong: 1, noDevice: 3 };

const { values } = parseArgs({
  options: {
    /** Leaves a real graphics card alone. */
    software: { type: 'boolean', default: false },
    steps: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '220' },
  },
});

/** The exit code, or the signal that ended it; `late` when the time is over. */
function run(program, environment, timeoutMs) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, values.steps], { stdio: 'inherit', env: environment });
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      child.kill('SIGKILL');
    }, timeoutMs);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      resolve(isLate ? 'late' : (code ?? signal));
    });
  });
}

function skip(reason) {
  console.log(`webgpu check: skipped: ${reason}`);
  return 0;
}

async function check(program) {
  const endMs = Date.now() + 1000 * Number(values.seconds);
  const software = softwareVulkanEnvironment();
  const places = [
    ...(values.software ? [] : [['what this machine offers', process.env]]),
    ...(software ? [['SwiftShader, a graphics card made of software', software]] : []),
  ];
  for (const [name, environment] of places) {
    console.log(`webgpu check: on ${name}`);
    const ended = await run(program, environment, endMs - Date.now());
    if (ended === 0) return 0;
    if (ended === 'late') return skip(`it was not done after ${values.seconds} s; what is above was right`);
    if (ended === exitCodes.noDevice) continue;
    console.error(`webgpu check: failed (${ended})`);
    return exitCodes.wrong;
  }
  return skip(
    software ? 'no device could be opened' : 'no graphics card, and no SwiftShader (Debian: chromium)',
  );
}

process.exit(await withBundledProgram('scripts/optional/compareWebgpu.ts', check));
