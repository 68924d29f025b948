// Reads the package's archive: its files, and whether they are what its header says.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { extractFile, getRawHeader } from '@electron/asar';

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');

/** Every file of the archive: path with `/`, size, whether it lies beside, and its hashes. */
export function listArchive(archive) {
  const { header } = getRawHeader(archive);
  const list = (node, prefix) =>
    Object.entries(node.files).flatMap(([name, entry]) => {
      const path = prefix === '' ? name : `${prefix}/${name}`;
      if (entry.files) return list(entry, path);
      return [
        {
          path,
          sizeBytes: entry.size,
          isUnpacked: entry.unpacked === true,
          isLink: entry.link !== undefined,
          integrity: entry.integrity,
        },
      ];
    });
  return list(header, '');
}

/** What Electron compares with the hash that its program carries. */
export function hashHeader(archive) {
  return sha256(getRawHeader(archive).headerString);
}

function readEntry(archive, { path, isUnpacked }) {
  return isUnpacked
    ? readFileSync(join(`${archive}.unpacked`, path))
    : extractFile(archive, join(...path.split('/')), false);
}

function checkEntry(archive, entry) {
  const { path, sizeBytes, integrity, isUnpacked } = entry;
  if (isUnpacked && !existsSync(join(`${archive}.unpacked`, path)))
    return [`${path} is not beside the archive`];
  const bytes = readEntry(archive, entry);
  if (bytes.length !== sizeBytes) return [`${path} has ${bytes.length} bytes, its header says ${sizeBytes}`];
  if (!integrity) return [`${path} has no hash`];
  const { algorithm, hash, blockSize, blocks } = integrity;
  if (algorithm !== 'SHA256' || sha256(bytes) !== hash) return [`${path} is not what its hash says`];
  const isWhole = blocks.every(
    (block, index) => sha256(bytes.subarray(index * blockSize, (index + 1) * blockSize)) === block,
  );
  return isWhole ? [] : [`${path} is not what the hashes of its blocks say`];
}

/** Problems, one sentence each. */
export function checkIntegrity(archive) {
  return listArchive(archive).flatMap((entry) =>
    entry.isLink ? [`${entry.path} is a link`] : checkEntry(archive, entry),
  );
}

/** Bytes in the archive and beside it. */
export function sizeOf(path) {
  return statSync(path).size;
}
