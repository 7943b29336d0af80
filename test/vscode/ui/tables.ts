/** Tables of the explorer, as texts. */
import type { FrameLocator, Locator } from 'playwright-core';
import { LONG_MS } from './openExplorer';

/** Of a figure: rows of cells, headers included. A table twin is opened first. */
export async function tableOf(frame: FrameLocator, name: string): Promise<string[][]> {
  const figure = frame.getByRole('figure', { name, exact: true });
  await figure.waitFor({ timeout: LONG_MS });
  const twin = figure.locator('summary');
  if ((await twin.count()) > 0) await twin.click();
  const table = figure.getByRole('table', { name, exact: true });
  await table.waitFor({ timeout: LONG_MS });
  return rowsOf(table);
}

export async function rowsOf(table: Locator): Promise<string[][]> {
  await table.getByRole('row').nth(1).waitFor({ timeout: LONG_MS });
  const rows = await table.getByRole('row').all();
  return Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()));
}
