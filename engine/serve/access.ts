// Who may talk to the local server: whoever has its token, from a page of its own, addressed by a name of this machine.
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

const ticketLifeMs = 60_000;

function hash(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** The secret of one server. It changes with every start. */
export class AccessToken {
  readonly text = randomBytes(32).toString('base64url');
  readonly #hash = hash(this.text);
  readonly #tickets = new Map<string, number>();

  /** Compares in a time that does not depend on how much is right. */
  matches(text: string): boolean {
    return timingSafeEqual(hash(text), this.#hash);
  }

  /**
   * Admits once, within a minute. For starting a browser: others on this machine can read a program's arguments, and a
   * ticket is used up before they have.
   */
  issueTicket(): string {
    const ticket = randomBytes(32).toString('base64url');
    this.#tickets.set(hash(ticket).toString('hex'), Date.now() + ticketLifeMs);
    return ticket;
  }

  /** True for the token, and once for a ticket. */
  admits(text: string): boolean {
    if (this.matches(text)) return true;
    const key = hash(text).toString('hex');
    const validUntil = this.#tickets.get(key);
    this.#tickets.delete(key);
    return validUntil !== undefined && Date.now() < validUntil;
  }
}

/** Cookies are shared by all ports of a host, so the port is in the name. */
export function cookieName(port: number): string {
  return `thimble-${port}`;
}

export function buildCookie(port: number, token: string): string {
  return `${cookieName(port)}=${token}; Path=/; HttpOnly; SameSite=Strict`;
}

/** True when a request carries the token in its cookie. */
export function hasAccess(headers: IncomingHttpHeaders, port: number, token: AccessToken): boolean {
  const prefix = `${cookieName(port)}=`;
  const cookies = (headers.cookie ?? '').split(';').map((part) => part.trim());
  return cookies.some((cookie) => cookie.startsWith(prefix) && token.matches(cookie.slice(prefix.length)));
}

const loopbackName = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** True for names that only mean this machine. */
export function isLoopbackHost(host: string): boolean {
  return loopbackName.test(host.includes(':') && !host.startsWith('[') ? `[${host}]` : host);
}

/**
 * True when the Host header names this machine: a foreign name that was pointed at 127.0.0.1 (DNS rebinding) does not.
 * Any port passes, because a tunnel (`ssh -L`) may have another.
 */
export function isOwnHost(header: string | undefined): boolean {
  const [, name] = /^(.*?)(?::\d{1,5})?$/.exec(header ?? '') ?? [];
  return name !== undefined && loopbackName.test(name.toLowerCase());
}

/** True when a WebSocket was opened by a page that this server gave out. */
export function isOwnOrigin({ origin, host }: IncomingHttpHeaders): boolean {
  return host !== undefined && isOwnHost(host) && origin?.toLowerCase() === `http://${host.toLowerCase()}`;
}

/** False when a page of another site asks, as far as the browser says. Opening a page is what links are for. */
export function isOwnFetch(headers: IncomingHttpHeaders): boolean {
  const site = headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return true;
  return headers['sec-fetch-mode'] === 'navigate' && headers['sec-fetch-dest'] === 'document';
}

/** Path and query of a request's target; null where it is not one. */
export function readTarget(target: string | undefined): URL | null {
  return target?.startsWith('/') ? URL.parse(`http://localhost${target}`) : null;
}
