// The headers that every answer to the renderer carries, from the local server and from the desktop app's own protocol.
// They let the page load from where it came and from nowhere else.

export interface PageOrigin {
  /** Further sources the page may connect to, e.g. its own WebSocket. */
  readonly connect: readonly string[];
}

/** The Content-Security-Policy. Nothing inline runs: scripts and styles come from files of the same origin. */
export function buildContentPolicy({ connect }: PageOrigin): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' blob: data:",
    "font-src 'self'",
    `connect-src ${["'self'", ...connect].join(' ')}`,
    "worker-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
  ].join('; ');
}

/** Powers of a browser that the page never uses. */
const refusedFeatures = [
  'camera',
  'display-capture',
  'geolocation',
  'hid',
  'microphone',
  'midi',
  'payment',
  'publickey-credentials-get',
  'serial',
  'usb',
];

/** Header name → value. */
export function buildSecurityHeaders(origin: PageOrigin): Readonly<Record<string, string>> {
  return {
    'Content-Security-Policy': buildContentPolicy(origin),
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': refusedFeatures.map((feature) => `${feature}=()`).join(', '),
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  };
}
