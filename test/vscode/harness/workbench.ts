/** Drives the workbench as a user does: palette, views, notifications, webviews. */
import assert from 'node:assert/strict';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { eventually } from './eventually';
import type { Host } from './host';
import { inRoot } from './root';

export interface Development {
  /** Absolute paths of extensions to load from source. */
  readonly extensions: readonly string[];
  /** Absolute path of a module that exports `run`. */
  readonly tests?: string;
}

const START_TIMEOUT_MS = 90_000;
const STEP_TIMEOUT_MS = 5_000;

/**
 * Loads extensions (and a test suite) from source: the workbench reads them from a meta element of its page, so that
 * element is changed before the page's scripts run. To be called before `openWorkbench`.
 */
export async function develop(page: Page, { extensions, tests }: Development): Promise<void> {
  // Text, because it runs in the page, whose types this program does not have.
  await page.addInitScript({
    content: `(({ extensions, tests }) => {
      if (window !== window.top) return;
      document.addEventListener('readystatechange', () => {
        const meta = document.getElementById('vscode-workbench-web-configuration');
        if (document.readyState !== 'interactive' || !meta) return;
        const uri = (path) => ({ $mid: 1, scheme: 'vscode-remote', authority: location.host, path });
        const settings = JSON.parse(meta.getAttribute('data-settings'));
        settings.developmentOptions = {
          ...settings.developmentOptions,
          extensions: extensions.map(uri),
          ...(tests ? { extensionTestsPath: uri(tests) } : {}),
        };
        meta.setAttribute('data-settings', JSON.stringify(settings));
      });
    })(${JSON.stringify({ extensions, tests })})`,
  });
}

/** @param folder a path, or a URI; left out: an empty window */
export async function openWorkbench(page: Page, host: Host, folder?: string): Promise<void> {
  const url = new URL(host.origin);
  if (folder === undefined) url.searchParams.set('ew', 'true');
  else url.searchParams.set('folder', folder);
  await page.goto(url.href);
  await page.locator('.monaco-workbench').waitFor({ timeout: START_TIMEOUT_MS });
  // The first theme is taken before all of them are known, and may be any dark one: asked again, it is the one that
  // the settings name.
  await page.locator('.monaco-workbench[class*="vscode-theme-"]').waitFor({ timeout: START_TIMEOUT_MS });
  await setColorScheme(page, 'light');
  await setColorScheme(page, 'dark');
}

export type Theme = 'dark' | 'light' | 'high-contrast-dark' | 'high-contrast-light';

/** What the workbench calls its themes of each kind, in its element's class. */
const THEME_CLASS: Readonly<Record<Theme, string>> = {
  dark: 'vscode-theme-defaults-themes-dark_modern',
  light: 'vscode-theme-defaults-themes-light_modern',
  'high-contrast-dark': 'hc-black',
  'high-contrast-light': 'hc-light',
};

/** As the operating system would; the workbench follows. */
export async function setColorScheme(page: Page, theme: Theme): Promise<void> {
  await page.emulateMedia({
    colorScheme: theme.endsWith('light') ? 'light' : 'dark',
    forcedColors: theme.startsWith('high-contrast') ? 'active' : 'none',
  });
  await page
    .locator(`.monaco-workbench[class*="${THEME_CLASS[theme]}"]`)
    .waitFor({ timeout: START_TIMEOUT_MS });
}

/** By the command, which writes the window's state down first; a bare reload of the page may come too soon. */
export async function reloadWindow(page: Page): Promise<void> {
  const loaded = page.waitForEvent('load', { timeout: START_TIMEOUT_MS });
  await runCommand(page, 'Developer: Reload Window');
  await loaded;
  await page.locator('.monaco-workbench').waitFor({ timeout: START_TIMEOUT_MS });
}

/** Opens a file of the workspace by its name. */
export async function openFile(page: Page, name: string): Promise<void> {
  await quickInput(page, name, async (row) => {
    await row.filter({ hasText: name }).first().click({ timeout: STEP_TIMEOUT_MS });
    await page.locator('.tab.active').filter({ hasText: name }).waitFor({ timeout: STEP_TIMEOUT_MS });
  });
}

/** Runs a command by its title. */
export async function runCommand(page: Page, title: string): Promise<void> {
  await quickInput(page, `>${title}`, (row) =>
    row.filter({ hasText: title }).first().click({ timeout: STEP_TIMEOUT_MS }),
  );
}

/** VS Code's own dialog for a file, as it is where the files are on another machine: takes the one that is proposed. */
export async function acceptFile(page: Page, file: string): Promise<void> {
  // It says what is proposed only when it has looked into that folder; what is typed before is overwritten.
  const input = page.locator('.quick-input-widget input.input');
  await input.waitFor({ timeout: 30_000 });
  await eventually(async () => assert.equal(await input.inputValue(), file));
  await acceptFileName(page);
}

/** A key pressed while an earlier quick pick is closing is lost: tried again then. */
async function quickInput(page: Page, text: string, choose: (row: Locator) => Promise<void>): Promise<void> {
  const widget = page.locator('.quick-input-widget');
  const input = widget.locator('input.input');
  for (let attempt = 1; ; attempt++) {
    try {
      await widget.waitFor({ state: 'hidden', timeout: STEP_TIMEOUT_MS });
      await page.keyboard.press('F1');
      await input.waitFor({ timeout: STEP_TIMEOUT_MS });
      await input.fill(text, { timeout: STEP_TIMEOUT_MS });
      await choose(widget.locator('.monaco-list-row'));
      return;
    } catch (error) {
      if (attempt === 4) throw error;
      await page.keyboard.press('Escape');
    }
  }
}

/** In the files' dialog of VS Code itself, since the workspace is not on the browser's machine. */
export async function acceptFileName(page: Page): Promise<void> {
  const confirm = page.locator('.quick-input-widget').getByRole('button', { name: 'OK' });
  await confirm.click({ timeout: START_TIMEOUT_MS });
}

/** The content of the webview that is shown. */
export function webview(page: Page): FrameLocator {
  return page
    .locator('iframe.webview.ready')
    .first()
    .contentFrame()
    .locator('iframe#active-frame')
    .contentFrame();
}

export const treeItem = (page: Page, label: string | RegExp): Locator =>
  page.locator('.pane-body').getByRole('treeitem', { name: label });

/**
 * Opens the context menu of `item`, which holds `title`. A panel that is still opening takes the focus, and the menu
 * goes with it: opened again then.
 */
export async function openMenu(page: Page, item: Locator, title: string): Promise<Locator> {
  const entry = page.getByRole('menuitem', { name: title });
  for (let attempt = 1; ; attempt++) {
    await item.click({ button: 'right', timeout: 30_000 });
    try {
      await entry.waitFor({ timeout: STEP_TIMEOUT_MS });
      return entry;
    } catch (error) {
      if (attempt === 6) throw error;
      // One that is open without the entry, as before the extension is known, lets no click through.
      await page.keyboard.press('Escape');
    }
  }
}

/** Chooses `title` from the context menu of `item`. */
export async function chooseFromMenu(page: Page, item: Locator, title: string): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    const entry = await openMenu(page, item, title);
    if (await takesClick(entry)) return;
    if (attempt === 6) throw new Error(`The menu stays open after '${title}' was clicked.`);
    await page.keyboard.press('Escape');
  }
}

/** A menu takes no click in the first moment after it opened, so that the click that opened it does not choose. */
async function takesClick(entry: Locator): Promise<boolean> {
  let isClicked = false;
  for (let tries = 0; tries < 4; tries++) {
    try {
      await entry.click({ timeout: STEP_TIMEOUT_MS });
      isClicked = true;
      await entry.waitFor({ state: 'detached', timeout: 1_500 });
      return true;
    } catch {
      // Clicked again where the menu is still there. One that went before any click had lost the focus.
      if (!(await entry.isVisible())) return isClicked;
    }
  }
  return false;
}

export async function openRunsView(page: Page): Promise<void> {
  const view = page.locator('.pane-header').filter({ hasText: 'Runs' });
  if (await view.isVisible()) return;
  await page.locator('.activitybar').getByRole('tab', { name: 'Safety Regions' }).click();
  await page.locator('.sidebar').getByText('Runs').first().waitFor({ timeout: STEP_TIMEOUT_MS });
}

export const notification = (page: Page, text: string | RegExp): Locator =>
  page.locator('.notification-toast').filter({ hasText: text });

export async function clearNotifications(page: Page): Promise<void> {
  await runCommand(page, 'Notifications: Clear All Notifications');
}

/** Pictures for the documentation, where asked for: UPDATE_SCREENSHOTS=1. */
export async function picture(page: Page, name: string): Promise<void> {
  if (process.env.UPDATE_SCREENSHOTS !== '1') return;
  // Away from what shows a tooltip.
  await page.mouse.move(200, 700);
  await page.waitForTimeout(500);
  await page.screenshot({ path: inRoot('docs/screenshots', `${name}.png`) });
}
