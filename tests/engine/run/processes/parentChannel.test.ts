// A task's answer may be megabytes, far more than a pipe holds: it must have left before the line is closed. Under Electron
// that is for the other end to say, because ending a process drops what is still on its way.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { lastWord, lastWordHeard } from '../../../../engine/contract/childLine.ts';
import { spawnNodeProcess } from '../../../../engine/run/processes/childProcess.ts';

const folder = mkdtempSync(join(tmpdir(), 'thimble-channel-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const source = pathToFileURL(
  join(import.meta.dirname, '../../../../engine/run/processes/parentChannel.ts'),
).href;

test('a large last word is heard whole, though the process closes its line right after it', async () => {
  const file = join(folder, 'child.mjs');
  writeFileSync(
    file,
    `import { openParentChannel } from ${JSON.stringify(source)};
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

/** A utility process as far as its line goes: words are long on their way, and are lost where the process ends first. */
function startUtility(name: string, body: string) {
  const file = join(folder, `${name}.mjs`);
  writeFileSync(
    file,
    `process.parentPort = {
       postMessage: (message) => void setTimeout(() => process.send(message), 400),
       on: (_name, listener) => process.on('message', (data) => listener({ data })),
     };
     const { openParentChannel } = await import(${JSON.stringify(source)});
     const channel = openParentChannel();
     ${body}`,
  );
  const child = spawnNodeProcess({ file, args: [], logFile: join(folder, `${name}.log`), outlives: false });
  const heard: unknown[] = [];
  child.onMessage((message) => {
    heard.push(message);
    if (message === lastWord) child.post(lastWordHeard);
  });
  return { child, heard };
}

test('under Electron a process ends when its last word was heard, not before', async () => {
  const { child, heard } = startUtility(
    'last',
    `channel.onMessage((message) => channel.post({ echo: message }));
     channel.post('the answer');
     process.exitCode = 1;
     channel.close();`,
  );
  expect(await child.ended).toBe('exit code 1');
  expect(heard).toEqual(['the answer', lastWord]);
});

test('under Electron a rejection that nobody handles ends the process, as it does under Node', async () => {
  const { child, heard } = startUtility(
    'rejecting',
    `setInterval(() => undefined, 1000); void Promise.reject(new Error('no more'));`,
  );
  expect(await child.ended).toBe('exit code 1');
  expect(heard).toEqual([]);
  expect(readFileSync(join(folder, 'rejecting.log'), 'utf8')).toContain('no more');
});
