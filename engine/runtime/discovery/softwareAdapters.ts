// Graphics adapters that are programs: they draw on the processor, so they train no faster than it does.

const software: readonly RegExp[] = [
  /swift\s?shader/i,
  /llvmpipe/i,
  /lavapipe/i,
  /softpipe/i,
  /microsoft basic render/i,
  /microsoft basic display/i,
  /\bwarp\b/i,
  /software (adapter|rasterizer)/i,
];

/** Whether an adapter of this name computes on the processor. */
export function isSoftwareAdapter(name: string): boolean {
  return software.some((pattern) => pattern.test(name));
}
