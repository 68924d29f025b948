import { describe, expect, test } from 'vitest';
import {
  isAllowedPermission,
  isAllowedRequest,
  isAppUrl,
  isOwnFrame,
  networkSwitches,
} from '../../electron/main/policy.ts';

describe('what the window may load', () => {
  test('only the app itself and what its page made', () => {
    for (const url of [
      'app://thimble/',
      'app://thimble/image?project=a&image=1&size=64',
      'app://thimble/#/runs',
    ])
      expect(isAppUrl(url) && isAllowedRequest(url), url).toBe(true);
    expect(isAllowedRequest('blob:app://thimble/1b2c')).toBe(true);
    expect(isAllowedRequest('data:image/png;base64,AA==')).toBe(true);
  });

  test('nothing of the network, of the disk, or that only looks like the app', () => {
    const refused = [
      'https://example.org/',
      'http://127.0.0.1:8080/',
      'ws://127.0.0.1:8080/',
      'file:///etc/passwd',
      'app://thimble.evil.example/',
      'app://thimble@evil.example/',
      'app://evil@thimble/',
      'app://thimble:8080/',
      'app:thimble/',
      'xapp://thimble/',
      'blob:https://example.org/1b2c',
      'blob:app://thimble.evil.example/1b2c',
      'data:text/html,<script>1</script>',
      'devtools://devtools/bundled/inspector.html',
      'javascript:1',
      'not an address',
      '',
    ];
    expect(refused.filter(isAllowedRequest)).toEqual([]);
    expect(refused.filter(isAppUrl)).toEqual([]);
  });

  test('only its own page, at the top of its window, may call', () => {
    expect(isOwnFrame({ url: 'app://thimble/#/home', parent: null })).toBe(true);
    expect(isOwnFrame({ url: 'app://thimble/', parent: {} })).toBe(false);
    expect(isOwnFrame({ url: 'https://example.org/', parent: null })).toBe(false);
    expect(isOwnFrame(null)).toBe(false);
  });

  test('no permission but copying', () => {
    const asked = [
      'clipboard-sanitized-write',
      'clipboard-read',
      'geolocation',
      'media',
      'notifications',
      'openExternal',
    ];
    expect(asked.filter((name) => isAllowedPermission(name, 'app://thimble/'))).toEqual([
      'clipboard-sanitized-write',
    ]);
    expect(isAllowedPermission('clipboard-sanitized-write', 'https://example.org/')).toBe(false);
  });

  test('no name leads to another computer', () => {
    expect(networkSwitches).toContainEqual(['host-resolver-rules', 'MAP * ~NOTFOUND']);
  });
});
