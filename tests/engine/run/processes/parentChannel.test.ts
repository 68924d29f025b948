// A task's answer may be megabytes, far more than a pipe holds: it must have left before the line is closed.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { spawnNodeProcess } from '../../../../engine/run/processes/childProcess.ts';

const folder = mkdtempSync(join(tmpdir(), 'thimble-channel-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

test('a large last word is heard whole, though the process closes its line right after it', async () => {
  const source = join(import.meta.dirname, '../../../../engine/run/processes/parentChannel.ts');
  const file = join(folder, 'child.mjs');
  writeFileSync(
    file,
    `import { openParentChannel } from ${JSON.stringify(pathToFileURL(source).href)};
     const channel = openParentChannel();
     channel.onClose(() => process.exit());
     channel.post({ text: 'x'.repeat(8_000_000) });
     channel.close();`,
  );
  const child = spawnNodeProcess({ file, args: [], logFile: join(folder, 'log'), outlives: false });
  const heard: number[] = [];
  child.onMessage((message) => heard.push((message as { text: string }).text.length));
  expect(await child.ended).toBe('exit code 0');
  expect(heard).toEqual([8_000_000]);
});
