/** Colours of the current VS Code theme for what is drawn on a canvas, where CSS variables do not reach. */
export interface ChartTheme {
  readonly foreground: string;
  readonly muted: string;
  readonly grid: string;
  readonly background: string;
  readonly border: string;
  readonly forward: string;
  readonly backward: string;
  readonly font: string;
  readonly fontSize: number;
}

export function readTheme(): ChartTheme {
  const styles = getComputedStyle(document.documentElement);
  const read = (name: string, fallback: string): string => styles.getPropertyValue(name).trim() || fallback;
  const foreground = read('--vscode-foreground', '#808080');
  const isHighContrast = document.body.classList.contains('vscode-high-contrast');
  return {
    foreground,
    muted: read('--vscode-descriptionForeground', foreground),
    // High contrast themes define no subtle line colour: their border colour is the one that is meant to be seen.
    grid: isHighContrast
      ? read('--vscode-contrastBorder', foreground)
      : read('--vscode-widget-border', '#80808040'),
    background: read('--vscode-editorHoverWidget-background', read('--vscode-editor-background', '#ffffff')),
    border: read('--vscode-editorHoverWidget-border', foreground),
    forward: read('--vscode-charts-blue', foreground),
    // Not orange: the Modern themes make it half transparent.
    backward: read('--vscode-charts-purple', foreground),
    font: read('--vscode-font-family', 'sans-serif'),
    fontSize: Number.parseFloat(read('--vscode-font-size', '13px')) || 13,
  };
}

/** VS Code changes the body's class and theme id, and the root's variables, when the theme changes. */
export function onThemeChange(listener: () => void): void {
  const observer = new MutationObserver(() => requestAnimationFrame(listener));
  observer.observe(document.body, { attributes: true, attributeFilter: ['class', 'data-vscode-theme-id'] });
  observer.observe(document.documentElement, { attributes: true, attributeFilter: ['style'] });
}
