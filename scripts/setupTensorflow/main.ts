// `npm run setup:tensorflow`: what tfjs-node's own install would do, when the person asks for it, into Thimble's own data.
// usage: npm run setup:tensorflow [-- --gpu] [--yes] [--libtensorflow DIR] [--to DIR] [--ship]
import { createInterface } from 'node:readline/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { EngineError } from '../../engine/contract/errors.ts';
import { defaultTensorflowFolder } from '../../engine/runtime/tensorflowPlace.ts';
import { buildEngine, isBuildStale } from '../build.mjs';
import { checkCuda } from './cuda.ts';
import { setUp, type Download } from './setUp.ts';
import { assertSupported } from './sources.ts';
import { tryTensorflow } from './tryTensorflow.ts';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const say = (sentence: string): void => console.log(sentence);

const options = {
  gpu: { type: 'boolean', default: false },
  yes: { type: 'boolean', default: false },
  libtensorflow: { type: 'string' },
  to: { type: 'string' },
  ship: { type: 'boolean', default: false },
} as const;

const inMegabytes = (bytes: number): string =>
  Number.isFinite(bytes) ? `${Math.ceil(bytes / 1e6)} MB` : 'of unknown size';

function makeConfirm(target: string, agreed: boolean) {
  return async (downloads: readonly Download[]): Promise<boolean> => {
    say(`This will be fetched, and unpacked into ${target}:`);
    for (const { what, address, sizeBytes } of downloads)
      say(`  ${what}, ${inMegabytes(sizeBytes)}, from ${address}`);
    if (agreed) return true;
    if (!process.stdin.isTTY) {
      say('Nobody is there to ask; run it with --yes to agree.');
      return false;
    }
    const lines = createInterface({ input: process.stdin, output: process.stdout });
    const answer = await lines.question('Fetch it? (y/N) ');
    lines.close();
    return /^y(es)?$/i.test(answer.trim());
  };
}

function makeProgress(): (doneBytes: number, totalBytes: number) => void {
  let saidMs = Date.now();
  return (doneBytes, totalBytes) => {
    if (Date.now() - saidMs < 1000) return;
    saidMs = Date.now();
    const line = `  ${inMegabytes(doneBytes)}${Number.isFinite(totalBytes) ? ` of ${inMegabytes(totalBytes)}` : ''}`;
    if (process.stdout.isTTY) process.stdout.write(`\r${line}   `);
  };
}

/** Throws `executor.unavailable` where TensorFlow 2.9 would not find a GPU that it can use. */
function assertCuda(): void {
  const { obstacles, warnings } = checkCuda();
  for (const warning of warnings) say(`Note: ${warning}`);
  if (obstacles.length > 0) throw new EngineError('executor.unavailable', obstacles.join('\n'));
}

async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  const variant = values.gpu ? 'gpu' : 'cpu';
  const local = values.libtensorflow ?? (process.env['LIBTENSORFLOW_ROOT'] || undefined);
  const target = values.to === undefined ? defaultTensorflowFolder() : resolve(values.to);
  assertSupported(process, local === undefined ? variant : 'cpu');
  if (values.gpu && local === undefined && !values.ship) assertCuda();
  if (isBuildStale()) await buildEngine();
  const note = await setUp({
    root,
    target,
    variant,
    system: process,
    local,
    ships: values.ship,
    confirm: makeConfirm(target, values.yes),
    say,
    onProgress: makeProgress(),
    tryOut: tryTensorflow(root),
  });
  say(
    `TensorFlow ${note.libraryVersion} is set up in ${target} and computes on the ${note.device.toUpperCase()}.`,
  );
  say('It is one of the executors now: npm run thimble -- device list');
}

try {
  await main();
} catch (error) {
  const isKnown = error instanceof EngineError || (error instanceof Error && 'code' in error);
  console.error(isKnown ? (error as Error).message : error);
  console.error('Thimble itself is as it was, and works without TensorFlow.');
  process.exitCode = 1;
}
