// What the window may load, where it may go, and who may call the main process. Everything not named here is refused.

export const appScheme = 'app';
export const appOrigin = `${appScheme}://thimble`;
export const appUrl = `${appOrigin}/`;

/** True for addresses of the app itself. */
export function isAppUrl(url: string): boolean {
  const parsed = URL.parse(url);
  // Not `origin`: it is "null" for schemes that Node does not know.
  return parsed?.protocol === `${appScheme}:` && parsed.host === 'thimble' && parsed.username === '';
}

/** What the page may load: its own files, and what it made itself. No network request ever passes. */
export function isAllowedRequest(url: string): boolean {
  if (isAppUrl(url)) return true;
  return url.startsWith(`blob:${appOrigin}/`) || url.startsWith('data:image/');
}

export interface CallingFrame {
  readonly url: string;
  readonly parent: unknown;
}

/** True for the app's own page, at the top of its window. Null is a frame that is already gone. */
export function isOwnFrame(frame: CallingFrame | null): boolean {
  return frame !== null && frame.parent === null && isAppUrl(frame.url);
}

/** Permissions that the page may have: none but writing to the clipboard, for "copy" buttons. */
export function isAllowedPermission(permission: string, requestingUrl: string): boolean {
  return permission === 'clipboard-sanitized-write' && isAppUrl(requestingUrl);
}

/**
 * Switches of Chromium that stop what it does on the network by itself. The last makes every name unknown, so that
 * whatever is left cannot leave this computer.
 */
export const networkSwitches: readonly (readonly [name: string, value?: string])[] = [
  ['disable-background-networking'],
  ['disable-component-update'],
  ['disable-domain-reliability'],
  ['disable-sync'],
  ['no-pings'],
  ['host-resolver-rules', 'MAP * ~NOTFOUND'],
];
