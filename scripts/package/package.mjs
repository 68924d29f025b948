// `npm run package`: the app for this machine, unpacked into release/, and proof that it is whole. With `--installers` also
// what people install (AppImage and deb, nsis, dmg); with `--edition gpu --tensorflow FOLDER` the GPU edition
// (docs/tensorflow.md).
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, Platform } from 'electron-builder';
import { buildElectron } from '../buildElectron.mjs';
import { buildEngine } from '../build.mjs';
import { buildRenderer } from '../buildRenderer.mjs';
import { electronFolder, fetchElectron, findElectron } from '../electronBinary.mjs';
import { shippedPackages } from './contents.mjs';
import { checkTensorflowFolder, editionConfig, readEdition } from './edition.mjs';
import { listBundledPackages, renderLicences } from './licences.mjs';
import { makeStandIn } from './standIn.mjs';
import { findObstacle, tryApp } from './tryApp.mjs';
import { findProgram, verifyPackage } from './verifyPackage.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const modules = join(root, 'node_modules');
const edition = readEdition(process.argv.slice(2));
const wantsInstallers = edition.installers;

/** The fonts' packages have no part in any source map. */
const fontScope = join(modules, '@fontsource');

function listShippedFolders() {
  return shippedPackages.flatMap((name) => {
    const folder = join(modules, name);
    return name.startsWith('@') ? readdirSync(folder).map((part) => join(folder, part)) : [folder];
  });
}

function writeLicences() {
  const folders = [
    ...listBundledPackages(join(root, 'dist')),
    ...listShippedFolders(),
    ...readdirSync(fontScope).map((name) => join(fontScope, name)),
  ];
  const text = renderLicences(readFileSync(join(root, 'LICENSE'), 'utf8'), folders);
  writeFileSync(join(root, 'dist', 'licences.txt'), text);
}

/** Electron's distribution, or a stand-in for it. */
async function provideElectron(standIn) {
  const binary = findElectron() ?? (await fetchElectron((sentence) => console.log(sentence)));
  if (binary) return { folder: electronFolder(), isReal: true };
  const { version } = JSON.parse(readFileSync(join(modules, 'electron', 'package.json'), 'utf8'));
  makeStandIn(standIn, version);
  return { folder: standIn, isReal: false };
}

function findAppFolder() {
  const release = join(root, 'release');
  const name = readdirSync(release).find((entry) => /^(linux|win|mac)(-arm64)?(-unpacked)?$/.test(entry));
  return join(release, name);
}

/** The app itself, where there is a screen to show it on. Problems, one sentence each. */
async function startApp(appFolder) {
  const obstacle = findObstacle();
  if (obstacle !== null) {
    console.log(`The packaged app was not started: ${obstacle}.`);
    return [];
  }
  try {
    await tryApp(findProgram(appFolder), (sentence) => console.log(`  ${sentence}`));
    return [];
  } catch (error) {
    return [`the packaged app does not work: ${error.message}`];
  }
}

if (edition.name === 'gpu') {
  const faults = checkTensorflowFolder(edition.tensorflow, process);
  if (faults.length > 0) throw new Error(faults.join('; '));
}
await buildEngine();
await buildElectron();
await buildRenderer();
writeLicences();
const standIn = mkdtempSync(join(tmpdir(), 'thimble-electron-'));
let isReal = false;
try {
  const electron = await provideElectron(standIn);
  isReal = electron.isReal;
  if (!isReal) {
    console.log('Electron is not here and cannot be fetched: everything but its own program is packaged.');
    if (wantsInstallers) throw new Error('installers cannot be made without Electron');
    if (process.platform === 'darwin') throw new Error('on macOS nothing can be packaged without Electron');
  }
  rmSync(join(root, 'release'), { recursive: true, force: true });
  const targets = wantsInstallers
    ? Platform.current().createTarget()
    : Platform.current().createTarget('dir');
  await build({
    projectDir: root,
    targets,
    config: { electronDist: electron.folder, ...editionConfig(edition) },
    publish: 'never',
  });
} finally {
  rmSync(standIn, { recursive: true, force: true });
}
const appFolder = findAppFolder();
const problems = existsSync(appFolder)
  ? await verifyPackage(appFolder, { edition: edition.name })
  : ['no app was made'];
if (isReal && problems.length === 0) problems.push(...(await startApp(appFolder)));
for (const problem of problems) console.error(`  ${problem}`);
console.log(problems.length > 0 ? 'The package is not whole.' : `The package is whole: ${appFolder}`);
process.exitCode = problems.length > 0 ? 1 : 0;
