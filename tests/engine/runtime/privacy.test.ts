// What computes must not talk: onnxruntime's own reporting stays off, whichever program starts it.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..', '..');
const program = join(root, 'dist', 'engine', 'thimble.mjs');
const model = join(root, 'tests', 'golden', 'vit-80-swiglu.safetensors');

/** Graphics drivers keep the shaders that they compiled, for whatever program: theirs to keep, and no report. */
const noShaderCache = { MESA_SHADER_CACHE_DISABLE: 'true', __GL_SHADER_DISK_CACHE: '0' };

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'thimble-quiet-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

test('a program that computes leaves no trace of usage reporting in the home, cache or temporary folder', () => {
  const folders = { HOME: home, USERPROFILE: home, XDG_CACHE_HOME: home, TMPDIR: home, TEMP: home };
  const { ORT_DISABLE_TELEMETRY: _, ...environment } = process.env;
  const { status, stdout } = spawnSync(process.execPath, [program, 'parity', model], {
    env: { ...environment, ...folders, ...noShaderCache },
    encoding: 'utf8',
  });
  expect(stdout).toContain('compiled-cpu');
  expect(status).toBe(0);
  expect(readdirSync(home, { recursive: true })).toEqual([]);
});
