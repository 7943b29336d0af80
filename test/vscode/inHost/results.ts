/** What the suite in the extension host leaves for its launcher. */
export interface InHostResults {
  readonly tests: { readonly name: string; readonly ms: number; readonly error: string | null }[];
}
