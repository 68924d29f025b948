// Fixed two-dimensional sine-cosine position embedding.
/**
 * Position embedding of a square grid, row-major: the first half of each token's D numbers encodes the row, the second
 * half the column; within a half all sines come before all cosines. Register tokens come first and are zero.
 * Returns (numRegisterTokens + gridSide²) · D floats. embedDim must be a multiple of 4.
 */
export function computePositionEmbedding(
  embedDim: number,
  gridSide: number,
  numRegisterTokens: number,
): Float32Array {
  const quarter = embedDim / 4;
  const values = new Float32Array((numRegisterTokens + gridSide * gridSide) * embedDim);
  for (let row = 0; row < gridSide; row++) {
    for (let column = 0; column < gridSide; column++) {
      const start = (numRegisterTokens + row * gridSide + column) * embedDim;
      for (let index = 0; index < quarter; index++) {
        const frequency = 1 / 10_000 ** (index / quarter);
        values[start + index] = Math.sin(row * frequency);
        values[start + quarter + index] = Math.cos(row * frequency);
        values[start + 2 * quarter + index] = Math.sin(column * frequency);
        values[start + 3 * quarter + index] = Math.cos(column * frequency);
      }
    }
  }
  return values;
}
