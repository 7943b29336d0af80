/** Colours of the current VS Code theme for what is drawn on a canvas, where CSS variables do not reach. */
import type { FigureColour } from '../../src/core/report/figureStyles';

export interface FigureTheme {
  /** Of a part of a figure: the values that explorer.css has for `--figure-NAME`. */
  readonly colour: (name: FigureColour) => string;
  /** Of what is the n-th, from 1. */
  readonly series: (n: number) => string;
  readonly background: string;
  readonly hover: { readonly background: string; readonly border: string };
  readonly isHighContrast: boolean;
  readonly font: string;
  /** px */
  readonly fontSize: number;
}

const SERIES = ['c1', 'c2', 'c3', 'c4'] as const;

export function readTheme(): FigureTheme {
  const styles = getComputedStyle(document.body);
  const read = (name: string, fallback: string): string => styles.getPropertyValue(name).trim() || fallback;
  const foreground = read('--vscode-foreground', '#808080');
  const background = read('--vscode-editor-background', '#ffffff');
  const colour = (name: FigureColour): string => read(`--figure-${name}`, foreground);
  return {
    colour,
    series: (n) => colour(SERIES[(n - 1) % SERIES.length] ?? 'c1'),
    background,
    hover: {
      background: read('--vscode-editorHoverWidget-background', background),
      border: read('--vscode-editorHoverWidget-border', foreground),
    },
    isHighContrast: document.body.classList.contains('vscode-high-contrast'),
    font: read('--vscode-font-family', 'sans-serif'),
    fontSize: Number.parseFloat(read('--vscode-font-size', '13px')) || 13,
  };
}

/** VS Code changes the body's class and theme id, and the root's variables, when the theme changes. */
export function onThemeChange(listener: () => void): void {
  let isComing = false;
  // Both change at once: what is drawn is drawn again once.
  const observer = new MutationObserver(() => {
    if (isComing) return;
    isComing = true;
    requestAnimationFrame(() => {
      isComing = false;
      listener();
    });
  });
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
}
