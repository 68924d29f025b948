// The versions of everything that computes, stored with each run.
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { decodeRuleVersion } from '../../contract/dataset.ts';
import type { Versions } from '../../contract/run.ts';
import { version } from '../../../package.json' with { type: 'json' };

/** Thimble, Node, the native packages, and the rule by which files become pixels. */
export function readVersions(): Versions {
  return {
    thimble: version,
    node: process.versions.node,
    onnxruntime: readPackageVersion('onnxruntime-node'),
    sharp: readPackageVersion('sharp'),
    decodeRule: String(decodeRuleVersion),
    platform: `${process.platform}-${process.arch}`,
  };
}

function readPackageVersion(name: string): string {
  const main = createRequire(import.meta.url).resolve(name);
  for (let folder = dirname(main); folder !== dirname(folder); folder = dirname(folder)) {
    const path = join(folder, 'package.json');
    if (!existsSync(path)) continue;
    const found = JSON.parse(readFileSync(path, 'utf8')) as { name?: string; version?: string };
    if (found.name === name && found.version !== undefined) return found.version;
  }
  return 'unknown';
}
