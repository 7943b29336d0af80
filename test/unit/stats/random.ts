/** Uniform numbers in [0, 1) from a seed (mulberry32). */
export function seededUniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** `size` different units of 0 .. universe - 1, by a partial Fisher-Yates shuffle. */
export function randomSubset(uniform: () => number, universe: number, size: number): number[] {
  const units = Array.from({ length: universe }, (_, i) => i);
  for (let i = 0; i < size; i++) {
    const j = i + Math.floor(uniform() * (universe - i));
    [units[i], units[j]] = [units[j]!, units[i]!];
  }
  return units.slice(0, size);
}
