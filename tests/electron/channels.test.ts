import { describe, expect, test } from 'vitest';
import { parseInvocation, type InvocationName } from '../../electron/ipc/channels.ts';

const good: readonly (readonly [InvocationName, unknown])[] = [
  ['engine.connect', {}],
  ['dialog.chooseFolder', { title: 'Images', startIn: '/home' }],
  ['dialog.chooseFile', { title: 'Table', kind: 'csv' }],
  ['dialog.chooseSavePath', { title: 'Save', suggestedName: 'features, run 3.csv', kind: 'csv' }],
  ['file.save', { suggestedName: 'verdict.png', bytes: new Uint8Array([1]) }],
  ['folder.show', { path: '/home' }],
  ['theme.set', { theme: 'dark' }],
  ['progress.set', { share: null }],
  ['progress.set', { share: 0.5 }],
  ['close.answer', { answer: 'background' }],
];

const bad: readonly (readonly [InvocationName, unknown])[] = [
  ['engine.connect', { more: 1 }],
  ['dialog.chooseFolder', {}],
  ['dialog.chooseFolder', { title: 'x'.repeat(201) }],
  ['dialog.chooseFile', { title: 'Table', kind: 'exe' }],
  ['dialog.chooseSavePath', { title: 'Save', suggestedName: '../../.bashrc', kind: 'csv' }],
  ['dialog.chooseSavePath', { title: 'Save', suggestedName: 'C:\\a.csv', kind: 'csv' }],
  ['file.save', { suggestedName: 'a\u0000.png', bytes: new Uint8Array([1]) }],
  ['file.save', { suggestedName: 'a.png', bytes: [1, 2] }],
  ['folder.show', { path: '' }],
  ['folder.show', 'path'],
  ['theme.set', { theme: 'loud' }],
  ['progress.set', { share: 1.5 }],
  ['progress.set', { share: NaN }],
  ['close.answer', { answer: 'kill' }],
  ['close.answer', null],
];

describe('calls of the window', () => {
  test('pass when they are what they should be', () => {
    for (const [name, payload] of good) expect(parseInvocation(name, payload), name).toEqual(payload);
  });

  test('are refused otherwise, with the code', () => {
    for (const [name, payload] of bad) {
      expect(() => parseInvocation(name, payload), `${name} ${JSON.stringify(payload)}`).toThrow(
        expect.objectContaining({ code: 'request.invalid' }),
      );
    }
  });
});
