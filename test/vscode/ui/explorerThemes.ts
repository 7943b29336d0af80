/** The Overlap Explorer in the kinds of theme that VS Code has. */
import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';
import { eventually } from '../harness/eventually';
import { inRoot } from '../harness/root';
import { runCommand, setColorScheme } from '../harness/workbench';
import { gridOf, LONG_MS, openExplorer, withRuns } from './openExplorer';
import type { UiTest } from './index';

export const explorerThemeTests: readonly UiTest[] = [
  {
    name: 'every view is there in all four kinds of theme',
    run: (context) =>
      withRuns(async (workspace) => {
        const { page } = context;
        const frame = await openExplorer(context, workspace, 'ten datasets');
        await runCommand(page, 'View: Close Primary Side Bar');
        for (const theme of ['dark', 'light', 'high-contrast', 'high-contrast-light'] as const) {
          const isHighContrast = theme.startsWith('high');
          await page.emulateMedia({
            colorScheme: theme.endsWith('light') ? 'light' : 'dark',
            forcedColors: isHighContrast ? 'active' : 'none',
          });
          await frame.locator(`body.vscode-${theme}`).waitFor({ timeout: LONG_MS });
          for (const tab of await frame.getByRole('tab').all()) {
            const name = (await tab.textContent()) ?? '';
            await tab.click();
            const panel = frame.getByRole('tabpanel', { name });
            await panel.locator('figure, dl, h2, h3').first().waitFor({ timeout: LONG_MS });
            assert.deepEqual(await frame.getByRole('alert').allTextContents(), [], name);
            await pictureOf(page, `${name.toLowerCase().replaceAll(' ', '-')}-${theme}`);
          }
        }
      }),
  },
  {
    name: 'the chart is drawn again in the colours of a new theme',
    run: (context) =>
      withRuns(async (workspace) => {
        const { page } = context;
        const frame = await openExplorer(context, workspace, 'ten datasets', 'Convergence');
        const canvas = frame.getByRole('img', { name: /^SNIP: n-way IoU\./ });
        await eventually(async () =>
          assert.ok((await meanLuminance(canvas)) > 128, 'the axis title is light in a dark theme'),
        );
        await setColorScheme(page, 'light');
        await frame.locator('body.vscode-light').waitFor();
        await eventually(async () =>
          assert.ok((await meanLuminance(canvas)) <= 128, 'the axis title is dark in a light theme'),
        );
      }),
  },
  {
    name: 'in high contrast themes the grid behind curves is seen, and far weaker than they are',
    run: (context) =>
      withRuns(async (workspace) => {
        const frame = await openExplorer(context, workspace, 'ten datasets', 'Convergence');
        const canvas = frame.getByRole('img', { name: /^SNIP: n-way IoU\./ });
        await canvas.waitFor({ timeout: LONG_MS });
        for (const theme of ['high-contrast-dark', 'high-contrast-light'] as const) {
          await setColorScheme(context.page, theme);
          await frame
            .locator(`body[data-vscode-theme-kind="vscode-${theme.replace('-dark', '')}"]`)
            .waitFor();
          const background = theme.endsWith('dark') ? 0 : 1;
          const deadline = Date.now() + LONG_MS;
          for (;;) {
            const ratio = contrast(await commonestLuminance(canvas), background);
            if (ratio > 1.4 && ratio < 3) break;
            assert.ok(Date.now() < deadline, `the grid has a contrast of ${ratio} in ${theme}`);
            await context.page.waitForTimeout(100);
          }
        }
      }),
  },
  {
    name: 'in a high contrast theme numbers stand on the plain background',
    run: (context) =>
      withRuns(async (workspace) => {
        const frame = await openExplorer(context, workspace, 'ten datasets', 'Overlap');
        const grid = await gridOf(frame, /pairwise IoU/);
        const cell = grid.locator('vscode-data-grid-cell.number').nth(12);
        assert.notEqual(await backgroundOf(cell), TRANSPARENT);
        await setColorScheme(context.page, 'high-contrast-dark');
        await frame.locator('body.vscode-high-contrast').waitFor({ timeout: LONG_MS });
        await eventually(async () => assert.equal(await backgroundOf(cell), TRANSPARENT));
        await cell.scrollIntoViewIfNeeded();
        if (process.env.UPDATE_SCREENSHOTS === '1') {
          await context.page.screenshot({ path: inRoot('test/.cache/vscode/high-contrast.png') });
        }
      }),
  },
];

/** To look at, where asked for. */
async function pictureOf(page: Page, name: string): Promise<void> {
  if (process.env.UPDATE_SCREENSHOTS !== '1') return;
  await page.mouse.move(680, 20);
  await page.waitForTimeout(400);
  await page.screenshot({ path: inRoot('test/.cache/vscode/views', `${name}.png`) });
}

/** What is used of an HTMLCanvasElement: this program is typed without a DOM. */
interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly clientWidth: number;
  getContext(kind: '2d'): {
    getImageData(x: number, y: number, width: number, height: number): { readonly data: Uint8ClampedArray };
  };
}

const TRANSPARENT = 'rgba(0, 0, 0, 0)';

const backgroundOf = (cell: Locator): Promise<string> =>
  cell.evaluate((node: unknown) => {
    const page = globalThis as unknown as { getComputedStyle(node: unknown): { backgroundColor: string } };
    return page.getComputedStyle(node).backgroundColor;
  });

/** Mean of the Rec. 709 luma, 0..255, of what is drawn in the chart's leftmost 16 pixels: the title of the axis. */
const meanLuminance = (canvas: Locator): Promise<number> =>
  canvas.evaluate((node: unknown) => {
    const canvas = node as Canvas;
    const { width, height, clientWidth } = canvas;
    const { data } = canvas
      .getContext('2d')
      .getImageData(0, 0, Math.round((16 * width) / clientWidth), height);
    let sum = 0;
    let weight = 0;
    for (let at = 0; at < data.length; at += 4) {
      const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(at, at + 4);
      sum += alpha * (0.2126 * red + 0.7152 * green + 0.0722 * blue);
      weight += alpha;
    }
    return sum / weight;
  });

/** Relative luminance (WCAG 2), 0..1, of the colour that most of what is drawn has: that of the lines across the chart. */
const commonestLuminance = (canvas: Locator): Promise<number> =>
  canvas.evaluate((node: unknown) => {
    const canvas = node as Canvas;
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
    const counts = new Map<number, number>();
    for (let at = 0; at < data.length; at += 4) {
      const [red = 0, green = 0, blue = 0, alpha = 0] = data.subarray(at, at + 4);
      if (alpha < 255) continue;
      const colour = (red << 16) | (green << 8) | blue;
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    const [most = 0] = [...counts].sort(([, a], [, b]) => b - a)[0] ?? [];
    const [red = 0, green = 0, blue = 0] = [most >> 16, (most >> 8) & 255, most & 255].map((part) => {
      const share = part / 255;
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  });

const contrast = (one: number, other: number): number =>
  (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
