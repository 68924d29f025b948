// The app's GPU edition: the same app with TensorFlow's native parts beside it, as `npm run setup:tensorflow -- --gpu --ship
// --to FOLDER` makes them. The usual edition holds none of them.
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { isAbsolute, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';

const noteName = 'tensorflow.json';
/** Beside the archive, where the engine looks when it walks up from its own place. */
const placeInResources = join('resources', 'tensorflow');

/** `usual`, or `gpu` with the folder to ship. Throws with a sentence where the words make no sense. */
export function readEdition(argumentList) {
  const { values } = parseArgs({
    args: argumentList,
    options: {
      edition: { type: 'string', default: 'usual' },
      tensorflow: { type: 'string' },
      installers: { type: 'boolean', default: false },
    },
  });
  const { edition, tensorflow, installers } = values;
  if (!['usual', 'gpu'].includes(edition)) throw new Error(`expected --edition usual or gpu, got ${edition}`);
  if (edition === 'usual') return { name: 'usual', installers };
  if (!tensorflow) {
    throw new Error(
      'the GPU edition needs --tensorflow FOLDER, made with: npm run setup:tensorflow -- --gpu --ship --to FOLDER',
    );
  }
  return { name: 'gpu', tensorflow: resolve(tensorflow), installers };
}

/** Problems of a folder with TensorFlow's native parts, one sentence each: it must be whole in itself and for this system. */
export function checkTensorflowFolder(folder, { platform, arch }) {
  if (!existsSync(join(folder, noteName))) return [`${folder} holds no ${noteName}`];
  const note = JSON.parse(readFileSync(join(folder, noteName), 'utf8'));
  const files = [note.binding, ...note.libraries];
  const inside = files.filter((file) => !isAbsolute(file));
  return [
    ...(note.platform === platform && note.arch === arch
      ? []
      : [`${folder} is for ${note.platform} ${note.arch}`]),
    ...(note.device === 'gpu' ? [] : [`${folder} was not made for a GPU`]),
    ...files
      .filter((file) => isAbsolute(file))
      .map((file) => `${file} lies elsewhere on this machine; set it up with --ship`),
    ...inside
      .filter((file) => !existsSync(join(folder, file)))
      .map((file) => `${join(folder, file)} is missing`),
  ];
}

/** What electron-builder is told besides its file. */
export function editionConfig(edition) {
  if (edition.name === 'usual') return {};
  const artifactName = '${productName}-gpu-${version}-${os}-${arch}.${ext}';
  return {
    linux: { artifactName },
    win: { artifactName },
    afterPack: async ({ appOutDir, packager }) => {
      const place = join(packager.getResourcesDir(appOutDir), placeInResources);
      cpSync(edition.tensorflow, place, { recursive: true, dereference: true });
    },
  };
}

/**
 * Problems of what an edition ships of TensorFlow, in the app's resources. `program` is the packaged probe: it computes with
 * what was shipped, on this machine's processor where it has no GPU.
 */
export function checkShippedTensorflow(name, resources, system, program) {
  const folder = join(resources, placeInResources);
  if (name === 'usual') return existsSync(folder) ? [`${folder} belongs to the GPU edition alone`] : [];
  const problems = checkTensorflowFolder(folder, system);
  if (problems.length > 0) return problems;
  const note = JSON.parse(readFileSync(join(folder, noteName), 'utf8'));
  const place = JSON.stringify({ folder, note: { ...note, device: 'cpu' } });
  const { status, stderr } = spawnSync(process.execPath, [program, place], { encoding: 'utf8' });
  return status === 0 ? [] : [`the shipped TensorFlow does not compute: ${stderr.trim().split('\n').at(-1)}`];
}
