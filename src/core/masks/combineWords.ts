/** What is done with each further set of a combination, the first being what it starts from. */
export type SetOperation = 'keep' | 'remove';

/** `into` = `into` and `other`, or `into` without `other`; packed bits as 32-bit words. */
export function combineWords(into: Int32Array, other: Int32Array, operation: SetOperation): void {
  // One loop each: a shared one that takes the rule as a function runs ten times slower.
  if (operation === 'keep') {
    for (let i = 0; i < into.length; i++) into[i] = (into[i] as number) & (other[i] as number);
  } else {
    for (let i = 0; i < into.length; i++) into[i] = (into[i] as number) & ~(other[i] as number);
  }
}
