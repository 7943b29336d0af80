import { describe, expect, it } from 'vitest';
import { cellAt, gridLayout, movedBy, type GridShape } from '../../webview/explorer/gridLayout';

const shape = (rows: number, columns: number, width: number): GridShape => ({
  ...{ rows, columns, width },
  ...{ rowNames: 60, columnNames: 20 },
});

describe('the cells of a heatmap', () => {
  it('hold numbers where ten fit the page', () => {
    const layout = gridLayout(shape(10, 10, 700));
    expect(layout).toMatchObject({ left: 68, cellWidth: 52, cellHeight: 30, hasNumbers: true });
    expect(layout).toMatchObject({ areUpright: false, everyRow: 1, everyColumn: 1 });
  });

  it('are square without numbers where they are many', () => {
    const layout = gridLayout(shape(80, 64, 900));
    expect(layout).toMatchObject({ cellWidth: 12, cellHeight: 12, hasNumbers: false, areUpright: true });
    // Names are 15 pixels high: every second one has room.
    expect(layout).toMatchObject({ everyRow: 2, everyColumn: 2 });
  });

  it('have the size that is asked for, as far as it fits, and no numbers where they are flat', () => {
    const asked = (rows: number, columns: number, cellWidth: number, cellHeight: number) =>
      gridLayout({ ...shape(rows, columns, 700), cellWidth, cellHeight });
    expect(asked(32, 7, 72, 18)).toMatchObject({ cellWidth: 72, cellHeight: 18, hasNumbers: true });
    expect(asked(64, 1, 320, 10)).toMatchObject({
      cellWidth: 320,
      cellHeight: 10,
      hasNumbers: false,
      everyRow: 2,
    });
    expect(asked(1, 64, 72, 120)).toMatchObject({ cellWidth: 9, cellHeight: 120 });
  });

  it('are a pixel at least: the picture is then wider than the page', () => {
    const layout = gridLayout(shape(512, 512, 400));
    expect(layout).toMatchObject({ cellWidth: 1, cellHeight: 1, width: 68 + 512 + 1 });
    expect(layout.everyColumn).toBe(28);
  });

  it('are found again at every pixel of theirs', () => {
    const grid = shape(3, 4, 700);
    const layout = gridLayout(grid);
    const at = (x: number, y: number) => cellAt(layout, grid, layout.left + x, layout.top + y);
    expect(at(0, 0)).toEqual({ row: 0, column: 0 });
    expect(at(51.9, 29.9)).toEqual({ row: 0, column: 0 });
    expect(at(52, 30)).toEqual({ row: 1, column: 1 });
    expect(at(4 * 52 - 0.1, 3 * 30 - 0.1)).toEqual({ row: 2, column: 3 });
    for (const [x, y] of [
      [-0.1, 0],
      [0, -0.1],
      [4 * 52, 0],
      [0, 3 * 30],
    ] as const) {
      expect(at(x, y)).toBeNull();
    }
  });

  it.each([
    ['ArrowUp', false, [4, 7]],
    ['ArrowDown', false, [6, 7]],
    ['ArrowLeft', false, [5, 6]],
    ['ArrowRight', false, [5, 8]],
    ['PageUp', false, [0, 7]],
    ['PageDown', false, [15, 7]],
    ['Home', false, [5, 0]],
    ['End', false, [5, 8]],
    ['Home', true, [0, 0]],
    ['End', true, [19, 8]],
  ] as const)('are gone through by %s (control: %s)', (key, isControl, [row, column]) => {
    expect(movedBy(key, isControl, { row: 5, column: 7 }, { rows: 20, columns: 9 })).toEqual({ row, column });
  });

  it('end at the edges, and other keys are left to the page', () => {
    const grid = { rows: 2, columns: 2 };
    expect(movedBy('ArrowRight', false, { row: 1, column: 1 }, grid)).toEqual({ row: 1, column: 1 });
    expect(movedBy('ArrowUp', false, { row: 0, column: 1 }, grid)).toEqual({ row: 0, column: 1 });
    expect(movedBy('Tab', false, { row: 0, column: 1 }, grid)).toBeNull();
  });
});
