/** Pictures of a view in every theme kind, to be looked at: made where UPDATE_SCREENSHOTS=1 asks for them. */
import type { FrameLocator } from 'playwright-core';
import { inRoot } from '../harness/root';
import { clearNotifications, setColorScheme } from '../harness/workbench';
import type { UiContext } from './index';

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
  const take = async (theme: string, bodyClass: string): Promise<void> => {
    await frame.locator(`body.${bodyClass}`).waitFor({ timeout: 30_000 });
    await page.waitForTimeout(500);
    await page.screenshot({ path: inRoot('test/.cache/vscode', `${name}-${theme}.png`) });
  };
  await take('dark', 'vscode-dark');
  await setColorScheme(page, 'light');
  await take('light', 'vscode-light');
  await page.emulateMedia({ forcedColors: 'active' });
  await take('high-contrast', 'vscode-high-contrast');
  await page.emulateMedia({ forcedColors: 'none' });
  await setColorScheme(page, 'dark');
  if (before) await page.setViewportSize(before);
}
