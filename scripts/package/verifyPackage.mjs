// Proves, without Electron, that an unpacked app is whole: npm run package runs it. usage: verifyPackage.mjs APP_FOLDER
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { extractAll } from '@electron/asar';
import { FuseState, FuseV1Options, getCurrentFuseWire } from '@electron/fuses';
import { checkIntegrity, hashHeader, listArchive, sizeOf } from './archive.mjs';
import { checkShippedTensorflow } from './edition.mjs';
import { checkContents, isNative, shippedPackages } from './contents.mjs';
import { tryEngine } from './tryEngine.mjs';

const maxMegabytes = 130;

/** Whether each fuse must be on; those not named may be either. */
const wantedFuses = [
  [FuseV1Options.RunAsNode, false],
  [FuseV1Options.EnableNodeOptionsEnvironmentVariable, false],
  [FuseV1Options.EnableNodeCliInspectArguments, false],
  [FuseV1Options.EnableEmbeddedAsarIntegrityValidation, true],
  [FuseV1Options.OnlyLoadAppFromAsar, true],
  [FuseV1Options.GrantFileProtocolExtraPrivileges, false],
];

/** Where the parts of an unpacked app are. */
export function locateParts(appFolder) {
  const bundle = readdirSync(appFolder).find((name) => name.endsWith('.app'));
  const resources = bundle ? join(appFolder, bundle, 'Contents', 'Resources') : join(appFolder, 'resources');
  const programs = bundle
    ? [join(appFolder, bundle)]
    : [join(appFolder, 'thimble'), join(appFolder, 'Thimble.exe')].filter((path) => existsSync(path));
  return { resources, archive: join(resources, 'app.asar'), program: programs[0] };
}

/** What starts an unpacked app. */
export function findProgram(appFolder) {
  const { program } = locateParts(appFolder);
  return program.endsWith('.app') ? join(program, 'Contents', 'MacOS', 'Thimble') : program;
}

const sampleFolder = (resources) => join(resources, 'resources', 'sample');

function folderSize(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(join(entry.parentPath, entry.name)).size, 0);
}

/** Loads each native module by its path alone, in a process of its own: its libraries must be found beside it. */
export function loadNatives(archive, paths) {
  return paths
    .filter((path) => path.endsWith('.node'))
    .flatMap((path) => {
      const code = 'process.dlopen({ exports: {} }, process.argv[1])';
      const file = join(`${archive}.unpacked`, path);
      const { status, stderr } = spawnSync(process.execPath, ['-e', code, file], { encoding: 'utf8' });
      return status === 0 ? [] : [`${path} does not load: ${stderr.trim().split('\n').at(-1)}`];
    });
}

async function checkFuses(program) {
  const wire = await getCurrentFuseWire(program);
  return wantedFuses
    .filter(([fuse, isOn]) => wire[fuse] !== (isOn ? FuseState.ENABLE : FuseState.DISABLE))
    .map(([fuse, isOn]) => `the fuse ${FuseV1Options[fuse]} is not ${isOn ? 'on' : 'off'}`);
}

/** The engine as it is in the archive, with the packages beside it, under plain Node. */
async function tryPackagedEngine({ resources, archive }, { edition, system, say }) {
  const folder = mkdtempSync(join(tmpdir(), 'thimble-unpacked-'));
  try {
    extractAll(archive, join(folder, 'resources', 'app'));
    cpSync(sampleFolder(resources), join(folder, 'resources', 'sample'), { recursive: true });
    const engine = join(folder, 'resources', 'app', 'dist', 'engine');
    await tryEngine(engine, say);
    return checkShippedTensorflow(edition, resources, system, join(engine, 'tensorflowProbe.mjs'));
  } catch (error) {
    return [`the packaged engine does not work: ${error.message}`];
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Rows of name and bytes. */
function measureParts({ resources, archive }, entries) {
  const within = (prefix) => (entry) => entry.path.startsWith(prefix);
  const sum = (list) => list.reduce((total, { sizeBytes }) => total + sizeBytes, 0);
  return [
    ['interface', sum(entries.filter(within('dist/renderer/')))],
    ['engine', sum(entries.filter(within('dist/engine/')))],
    ['desktop shell', sum(entries.filter(within('dist/electron/')))],
    ...shippedPackages.map((name) => [name, sum(entries.filter(within(`node_modules/${name}/`)))]),
    ['sample', folderSize(sampleFolder(resources))],
    ['licences', sizeOf(join(resources, 'licences.txt'))],
    [
      'all but Electron',
      sizeOf(archive) + folderSize(`${archive}.unpacked`) + folderSize(sampleFolder(resources)),
    ],
  ];
}

function printSizes(rows) {
  for (const [name, bytes] of rows) {
    console.log(`  ${name.padEnd(20)} ${(bytes / 1e6).toFixed(1).padStart(7)} MB`);
  }
}

/** Problems, one sentence each; prints what was measured and tried. */
export async function verifyPackage(
  appFolder,
  { platform = process.platform, arch = process.arch, edition = 'usual' } = {},
) {
  const parts = locateParts(appFolder);
  if (!existsSync(parts.archive)) return [`${parts.archive} is missing`];
  const entries = listArchive(parts.archive);
  const paths = entries.map(({ path }) => path);
  const outside = ['resources/sample/manifest.json', 'licences.txt'].filter(
    (path) => !existsSync(join(parts.resources, path)),
  );
  const packed = entries.filter(({ path, isUnpacked }) => isNative(path) && !isUnpacked);
  const problems = [
    ...checkContents(paths, { platform, arch }),
    ...outside.map((path) => `${path} is missing beside the archive`),
    ...packed.map(({ path }) => `${path} is a library inside the archive`),
    ...checkIntegrity(parts.archive),
    ...loadNatives(parts.archive, paths),
    ...(await checkFuses(parts.program)),
  ];
  if (problems.length > 0) return problems;
  const sizes = measureParts(parts, entries);
  printSizes(sizes);
  console.log(`  ${entries.length} files; hash of the archive's header ${hashHeader(parts.archive)}`);
  const [, total] = sizes.at(-1);
  const say = (what) => console.log(`  the packaged engine ${what}`);
  const trial = await tryPackagedEngine(parts, { edition, system: { platform, arch }, say });
  return total > maxMegabytes * 1e6 ? [...trial, `it is larger than ${maxMegabytes} MB`] : trial;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const release = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'release');
  const problems = await verifyPackage(process.argv[2] ?? join(release, 'linux-unpacked'));
  for (const problem of problems) console.error(`  ${problem}`);
  process.exitCode = problems.length > 0 ? 1 : 0;
}
