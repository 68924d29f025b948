export const shippedPackages: readonly string[];
export function isNative(path: string): boolean;
export function checkContents(
  paths: readonly string[],
  target: { readonly platform: string; readonly arch: string },
): string[];
