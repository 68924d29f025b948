import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { findOpenedProject, findProjectFolder } from '../../electron/main/openedProject.ts';

const folder = mkdtempSync(join(tmpdir(), 'thimble-opened-'));
const project = join(folder, 'my pollen');
beforeAll(() => {
  mkdirSync(project);
  writeFileSync(join(project, 'project.db'), '');
  writeFileSync(join(project, 'my pollen.thimble'), '');
  writeFileSync(join(folder, 'stray.thimble'), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the project that a start asks for', () => {
  test('is named by its folder, its database or the file that stands for it', () => {
    for (const path of [project, join(project, 'project.db'), join(project, 'my pollen.thimble')]) {
      expect(findProjectFolder(path)).toBe(project);
    }
  });

  test('is not any other folder or file', () => {
    for (const path of [
      folder,
      join(folder, 'stray.thimble'),
      join(folder, 'nothing'),
      join(project, 'x.csv'),
    ]) {
      expect(findProjectFolder(path)).toBeNull();
    }
  });

  test('is found among switches, seen from where the program was started', () => {
    expect(findOpenedProject(['--allow-file-access', '-psn_0_1', 'nothing', 'my pollen'], folder)).toBe(
      project,
    );
    const address = pathToFileURL(join(project, 'my pollen.thimble')).href;
    expect(findOpenedProject(['file://elsewhere/%zz', address], folder)).toBe(project);
    expect(findOpenedProject(['--no-sandbox'], project)).toBeNull();
    expect(findOpenedProject([], project)).toBeNull();
  });
});
