/** Pictures of a view in every theme kind, to be looked at: made where UPDATE_SCREENSHOTS=1 asks for them. */
import type { FrameLocator } from 'playwright-core';
import { inRoot } from '../harness/root';
import { clearNotifications, setColorScheme } from '../harness/workbench';
import type { UiContext } from './index';

const THEMES = [
  ['dark', 'vscode-dark'],
  ['light', 'vscode-light'],
  ['high-contrast-dark', 'vscode-high-contrast'],
  ['high-contrast-light', 'vscode-high-contrast-light'],
] as const;

/** The window is made as high as `height`, so that the whole of a long view is seen. */
export async function pictures(
  { page }: UiContext,
  frame: FrameLocator,
  name: string,
  height = 2200,
): Promise<void> {
  if (process.env.UPDATE_SCREENSHOTS !== '1') return;
  const before = page.viewportSize();
  await clearNotifications(page);
  await page.setViewportSize({ width: 1360, height });
  for (const [theme, bodyClass] of THEMES) {
    await setColorScheme(page, theme);
    await frame.locator(`body.${bodyClass}`).waitFor({ timeout: 30_000 });
    await page.waitForTimeout(500);
    await page.screenshot({ path: inRoot('test/.cache/vscode', `${name}-${theme}.png`) });
  }
  await setColorScheme(page, 'dark');
  if (before) await page.setViewportSize(before);
}
