// Reads a canvas's font string. Pure.

/** "600 12px 'IBM Plex Sans', sans-serif" in its parts. */
export function readFont(font: string): { size: string; family: string; weight: string } {
  const match = /^(.*?)([\d.]+px)(?:\/\S+)?\s+(.+)$/.exec(font.trim());
  const weight = match?.[1]?.match(/\b(bold|[1-9]00)\b/)?.[1] ?? '400';
  return { size: match?.[2] ?? '12px', family: match?.[3] ?? 'sans-serif', weight };
}
