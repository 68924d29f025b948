import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { MenuItemConstructorOptions } from 'electron';
import { describe, expect, test } from 'vitest';
import { desktopCommands, type DesktopCommand } from '../../electron/ipc/bridge.ts';
import { buildMenu } from '../../electron/main/menu.ts';

function listItems(items: readonly MenuItemConstructorOptions[]): MenuItemConstructorOptions[] {
  return items.flatMap((item) => [item, ...(Array.isArray(item.submenu) ? listItems(item.submenu) : [])]);
}

function build(platform: 'win32' | 'darwin' | 'linux', hasDeveloperTools = false) {
  const sent: DesktopCommand[] = [];
  const actions = {
    send: (command: DesktopCommand) => sent.push(command),
    openProject: () => undefined,
    showLicences: () => undefined,
  };
  return { items: listItems(buildMenu(actions, { platform, hasDeveloperTools })), sent };
}

describe('the menu', () => {
  test('sends only commands that the page knows', () => {
    const folder = join(import.meta.dirname, '..', '..', 'renderer', 'app');
    const known = ['commands.ts', 'shortcuts.ts']
      .map((file) => readFileSync(join(folder, file), 'utf8'))
      .join('\n');
    expect(desktopCommands.filter((command) => !known.includes(`'${command}'`))).toEqual([]);
  });

  test.each(['win32', 'darwin', 'linux'] as const)('on %s reaches every command', (platform) => {
    const { items, sent } = build(platform);
    for (const { id, click } of items) {
      if (id !== undefined) (click as () => void)();
    }
    expect([...new Set(sent)].sort()).toEqual([...desktopCommands].sort());
    expect(items.some(({ role }) => role === 'quit')).toBe(true);
  });

  test('leaves the keys of commands to the page, which hears them too', () => {
    const { items } = build('linux');
    const withKeys = items.filter(({ id, accelerator }) => id !== undefined && accelerator !== undefined);
    expect(withKeys.length).toBeGreaterThan(5);
    expect(withKeys.filter(({ registerAccelerator }) => registerAccelerator !== false)).toEqual([]);
  });

  test('has no keys twice', () => {
    for (const platform of ['win32', 'darwin', 'linux'] as const) {
      const keys = build(platform, true).items.flatMap(({ accelerator }) =>
        accelerator ? [accelerator] : [],
      );
      expect(new Set(keys).size).toBe(keys.length);
    }
  });

  test('shows developer tools to developers only', () => {
    const roles = (isShown: boolean) => build('linux', isShown).items.map(({ role }) => role);
    expect(roles(false)).not.toContain('toggleDevTools');
    expect(roles(true)).toContain('toggleDevTools');
  });
});
