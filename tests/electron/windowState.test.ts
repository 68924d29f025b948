import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { fitWindow, loadWindowState, saveWindowState } from '../../electron/main/windowState.ts';

const folder = mkdtempSync(join(tmpdir(), 'thimble-window-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const laptop = { x: 0, y: 0, width: 1440, height: 860 };
const second = { x: 1440, y: -200, width: 1920, height: 1040 };

describe('where the window was', () => {
  test('is kept and found again', () => {
    const file = join(folder, 'window.json');
    const state = { x: 10, y: 20, width: 1200, height: 800, isMaximized: true };
    saveWindowState(file, state);
    expect(loadWindowState(file, 'win32')).toEqual(state);
    expect(loadWindowState(file, 'darwin')).toEqual(state);
  });

  test('on Linux its place is the desktop’s to choose: it would sink with every start', () => {
    const file = join(folder, 'linux.json');
    saveWindowState(file, { x: 10, y: 20, width: 1200, height: 800, isMaximized: true });
    expect(loadWindowState(file, 'linux')).toEqual({ width: 1200, height: 800, isMaximized: true });
  });

  test('a damaged file, or none, gives a first window', () => {
    const file = join(folder, 'damaged.json');
    for (const text of [
      '',
      '{',
      '[]',
      '{"width":"wide"}',
      '{"width":1e9,"height":1e9,"isMaximized":false}',
    ]) {
      writeFileSync(file, text);
      expect(loadWindowState(file, 'win32')).toEqual({ width: 1280, height: 840, isMaximized: false });
    }
    expect(loadWindowState(join(folder, 'none.json'), 'win32').width).toBe(1280);
    saveWindowState(join(folder, 'no', 'such', 'folder.json'), loadWindowState(file, 'win32'));
    expect(readFileSync(file, 'utf8')).toContain('1e9');
  });

  test('stays on a second screen, and comes back when that screen is gone', () => {
    const state = { x: 1600, y: -100, width: 1200, height: 800, isMaximized: false };
    expect(fitWindow(state, [laptop, second])).toEqual(state);
    expect(fitWindow(state, [laptop])).toEqual({ width: 1200, height: 800, isMaximized: false });
  });

  test('is never smaller than the interface needs, nor larger than the screens unless that is smaller', () => {
    const huge = fitWindow({ x: 0, y: 0, width: 9000, height: 9000, isMaximized: false }, [laptop]);
    expect([huge.width, huge.height]).toEqual([1440, 860]);
    const tiny = fitWindow({ width: 100, height: 100, isMaximized: false }, [{ ...laptop, width: 800 }]);
    expect([tiny.width, tiny.height]).toEqual([1024, 700]);
  });
});
