/** Something on the page that has to be drawn again in another theme, and ended. */
export interface Drawn {
  readonly root: HTMLElement;
  /** Reads the theme's colours again. */
  repaint(): void;
  dispose(): void;
}

/** What needs neither: elements that CSS colours. */
export const still = (root: HTMLElement): Drawn => ({
  root,
  repaint: () => undefined,
  dispose: () => undefined,
});

/** Several as one. */
export const together = (root: HTMLElement, parts: readonly Drawn[]): Drawn => ({
  root,
  repaint: () => parts.forEach((part) => part.repaint()),
  dispose: () => parts.forEach((part) => part.dispose()),
});
