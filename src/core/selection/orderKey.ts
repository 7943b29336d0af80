/** Bit pattern of +Infinity: float32 patterns up to here, read as integers, are in the order of their values. */
export const INFINITY_BITS = 0x7f800000;

/** Below every number. */
const NAN_KEY = -0x80000000;

/**
 * A signed 32-bit integer in the order of the float32 with these bits: negative numbers are mirrored, so that -0
 * and +0 are one key, and every NaN ranks below -Infinity. Patterns of non-negative numbers are their own keys;
 * hot loops test for that (`bits >>> 0 <= INFINITY_BITS`) before they call.
 */
export function orderKey(bits: number): number {
  const magnitude = bits & 0x7fffffff;
  if (magnitude > INFINITY_BITS) return NAN_KEY;
  return bits < 0 ? -magnitude | 0 : magnitude;
}

/** The same memory as signed integers. */
export function bitPatterns(scores: Float32Array): Int32Array {
  return new Int32Array(scores.buffer, scores.byteOffset, scores.length);
}
