// Gathers the licences of everything that is shipped: what the bundles hold, by their source maps, and the packages beside
// them.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

const licenceFile = /^(licen[cs]e|copying|ofl|notice)(\.|-|$)/i;

function listFiles(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

/** The package's folder that a source lies in; null for our own. */
function packageFolderOf(source) {
  const match = /^(.*[/\\]node_modules[/\\](?:@[^/\\]+[/\\])?[^/\\]+)[/\\]/.exec(source);
  return match ? match[1] : null;
}

/** Folders of the packages that the bundles in a folder are made of. */
export function listBundledPackages(distFolder) {
  const maps = listFiles(distFolder).filter((file) => file.endsWith('.map'));
  const folders = maps.flatMap((file) => {
    const { sources } = JSON.parse(readFileSync(file, 'utf8'));
    return sources.map((source) => packageFolderOf(resolve(dirname(file), source)));
  });
  return [
    ...new Set(folders.filter((folder) => folder !== null && existsSync(join(folder, 'package.json')))),
  ];
}

function describe(folder) {
  const { name, version, license, author } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
  const texts = readdirSync(folder)
    .filter((file) => licenceFile.test(file))
    .map((file) => readFileSync(join(folder, file), 'utf8').trim());
  const by = typeof author === 'string' ? author : (author?.name ?? '');
  return { name, version, text: texts.join('\n\n') || `${license}${by && `, ${by}`}` };
}

/** One text: Thimble's own licence first, then every package's under its name. */
export function renderLicences(ownLicence, packageFolders) {
  const packages = packageFolders.map(describe).sort((a, b) => (a.name < b.name ? -1 : 1));
  const seen = new Set();
  const parts = packages.flatMap(({ name, version, text }) => {
    const title = `${name} ${version}`;
    if (seen.has(title)) return [];
    seen.add(title);
    return [`${'='.repeat(78)}\n${title}\n\n${text}`];
  });
  const electron = `${'='.repeat(78)}\nElectron and Chromium\n\nIn the files LICENSE.electron.txt and LICENSES.chromium.html beside the program.`;
  return `Thimble\n\n${ownLicence.trim()}\n\n${[...parts, electron].join('\n\n')}\n`;
}
