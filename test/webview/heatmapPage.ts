/** Page of `npm run bench -- ui`: a heatmap as large as the heads of a 70B model, 80 layers of 64. */
import { canvasGrid } from '../../webview/explorer/canvasGrid';

const LAYERS = 80;
const HEADS = 64;

const names = (what: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${what} ${index}`);

const grid = canvasGrid({
  label: 'Density by layer and head',
  title: 'Density by layer and head',
  caption: '',
  rows: names('layer', LAYERS),
  columns: names('head', HEADS),
  values: Array.from({ length: LAYERS }, (_, layer) =>
    Array.from({ length: HEADS }, (_, head) => ((layer * 31 + head * 17) % 97) / 97),
  ),
  top: 1,
});
document.body.append(grid.root);

/** @returns of each redraw in turn, ms until its pixels are there */
function redraws(times: number): number[] {
  const canvas = grid.root.querySelector('canvas');
  return Array.from({ length: times }, () => {
    const start = performance.now();
    grid.repaint();
    // What is drawn is painted later, but for reading it.
    canvas?.getContext('2d')?.getImageData(0, 0, 1, 1);
    return performance.now() - start;
  });
}
Object.assign(globalThis, { redraws });
