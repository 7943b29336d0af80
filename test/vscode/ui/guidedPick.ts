/** From nothing to a finished run, step by step; back, cancel, and what the context menu brings along. */
import assert from 'node:assert/strict';
import { cpSync, existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Locator, Page } from 'playwright-core';
import { parseExperiment, type Experiment } from '../../../src/core/run/experiment';
import { inRoot } from '../harness/root';
import {
  chooseFromMenu,
  openRunsView,
  openWorkbench,
  picture,
  runCommand,
  treeItem,
  webview,
} from '../harness/workbench';
import { emptyWorkspace, withWorkspace, type Workspace } from '../harness/workspace';
import type { UiTest } from './index';

const STEP_TIMEOUT_MS = 30_000;
const RUN_TIMEOUT_MS = 120_000;

/** Two sets of harmful prompts and one of harmless tasks; no experiment. */
async function withData(work: (workspace: Workspace) => Promise<void>): Promise<void> {
  const workspace = emptyWorkspace();
  cpSync(inRoot('native-models/random-sample/data'), path.join(workspace.dir, 'data'), { recursive: true });
  try {
    await work(workspace);
  } finally {
    workspace.remove();
  }
}

const widget = (page: Page): Locator => page.locator('.quick-input-widget');
/** Lists of many have boxes for rows. */
const row = (page: Page, name: string | RegExp): Locator =>
  widget(page).getByRole('option', { name }).or(widget(page).getByRole('checkbox', { name })).first();

/** Waits for a step by its title and what it asks for. */
async function step(page: Page, position: RegExp, asks: string): Promise<void> {
  await widget(page)
    .locator('.quick-input-title')
    .filter({ hasText: position })
    .waitFor({ timeout: STEP_TIMEOUT_MS });
  await widget(page).getByPlaceholder(asks).waitFor({ timeout: STEP_TIMEOUT_MS });
}

const pick = (page: Page, text: string | RegExp): Promise<void> =>
  row(page, text).click({ timeout: STEP_TIMEOUT_MS });

const accept = (page: Page): Promise<void> =>
  widget(page).getByRole('button', { name: 'OK' }).click({ timeout: STEP_TIMEOUT_MS });

const back = (page: Page): Promise<void> =>
  widget(page).getByRole('button', { name: /^Back/ }).click({ timeout: STEP_TIMEOUT_MS });

const ASKS = {
  model: 'The model whose regions are looked for',
  datasets: 'Datasets: one region is looked for in each',
  subsets: 'Whole datasets, categories of them, or both',
  utility: 'Utility set: harmless tasks',
  responses: 'Answers: what is fed as the response',
  methods: 'Methods: the gear changes the settings of one',
  summary: 'What it would take',
};

function readExperiment({ dir }: Workspace, name: string): Experiment {
  const file = path.join(dir, `${name}.safety-region.json`);
  return parseExperiment(readFileSync(file, 'utf8'), file);
}

export const guidedPickTests: readonly UiTest[] = [
  {
    name: 'the guided pick leads from nothing to an experiment file and a finished run on the embedded model',
    run: ({ page, host }) =>
      withData(async (workspace) => {
        await openWorkbench(page, host, workspace.dir);
        await openRunsView(page);
        await runCommand(page, 'Identify Safety Region');
        await step(page, /1\//, ASKS.model);
        await row(page, /aligned-tiny.*llama.*3\.22 M parameters/).waitFor({ timeout: STEP_TIMEOUT_MS });
        await pick(page, /^random-tiny/);

        await step(page, /2\//, ASKS.datasets);
        await row(
          page,
          /harmbench_extract\.csv.*12 rows.*prompt: Behavior.*category: SemanticCategory/,
        ).waitFor({
          timeout: STEP_TIMEOUT_MS,
        });
        await row(page, /seed_tasks_extract.*response: instances\[0\]\.output/).waitFor({
          timeout: STEP_TIMEOUT_MS,
        });
        await pick(page, 'harmbench_extract.csv');
        await pick(page, 'catqa_extract.json');
        await picture(page, 'pick-datasets-dark');
        await accept(page);

        await step(page, /3\/7/, ASKS.subsets);
        await row(page, 'Political Campaigning').waitFor({ timeout: STEP_TIMEOUT_MS });
        await accept(page);

        await step(page, /4\//, ASKS.utility);
        await pick(page, 'seed_tasks_extract.jsonl');
        await step(page, /5\//, ASKS.responses);
        await row(page, 'A fixed refusal').waitFor({ timeout: STEP_TIMEOUT_MS });
        await page.keyboard.press('Enter');
        await step(page, /6\//, ASKS.methods);
        await accept(page);

        await step(page, /7\/7/, ASKS.summary);
        await row(page, /Create and Run.*less than a minute.*of memory.*of disk/).waitFor({
          timeout: STEP_TIMEOUT_MS,
        });
        await row(page, /Samples a set.*All \d+ rows of .*, the smallest set/).waitFor();
        await picture(page, 'pick-summary-dark');
        await pick(page, 'Create and Run');
        const frame = webview(page);
        await frame.locator('main h1').waitFor({ timeout: RUN_TIMEOUT_MS });
        await treeItem(page, /random-tiny-2-sets, done/).waitFor({ timeout: STEP_TIMEOUT_MS });

        const { model, datasets, utility, methods, sampling } = readExperiment(
          workspace,
          'random-tiny-2-sets',
        );
        assert.equal(model, 'embedded:random-tiny');
        assert.deepEqual(
          datasets.map(({ id, path: [file] }) => [id, file]),
          [
            ['catqa_extract', 'data/catqa/catqa_extract.json'],
            ['harmbench_extract', 'data/harmbench/harmbench_extract.csv'],
          ],
        );
        assert.equal(utility?.id, 'seed_tasks_extract');
        assert.deepEqual(
          methods.map(({ method }) => method),
          ['snip', 'wanda'],
        );
        assert.equal(sampling.count, 12);
      }),
  },
  {
    name: 'the guided pick in an empty folder says that there is no data, and browses from the samples',
    run: ({ page, host }) =>
      withWorkspace(async (workspace) => {
        await openWorkbench(page, host, workspace.dir);
        await runCommand(page, 'Identify Safety Region');
        await step(page, /1\//, ASKS.model);
        await pick(page, /^aligned-tiny/);
        await step(page, /2\//, ASKS.datasets);
        await widget(page)
          .getByText(/There are no data files in this workspace/)
          .waitFor({ timeout: STEP_TIMEOUT_MS });
        await widget(page).getByRole('button', { name: 'Browse for Files...' }).click();
        await row(page, 'simplesafetytests').waitFor({ timeout: STEP_TIMEOUT_MS });
      }),
  },
  {
    name: 'the guided pick goes back with its answers, changes settings, and writes nothing when it is dismissed',
    run: ({ page, host }) =>
      withData(async (workspace) => {
        await openWorkbench(page, host, workspace.dir);
        await runCommand(page, 'Identify Safety Region');
        await step(page, /1\//, ASKS.model);
        await pick(page, /^random-tiny/);
        await step(page, /2\//, ASKS.datasets);
        await accept(page);
        await widget(page).getByText('Tick at least one dataset.').waitFor({ timeout: STEP_TIMEOUT_MS });
        await back(page);
        await step(page, /1\//, ASKS.model);
        await pick(page, /^aligned-tiny/);
        await step(page, /2\//, ASKS.datasets);
        await row(page, /simplesafetytests.*rows/).waitFor({ timeout: STEP_TIMEOUT_MS });
        await pick(page, 'simplesafetytests_extract.csv');
        await accept(page);
        await step(page, /3\//, ASKS.utility);
        await back(page);
        await step(page, /2\//, ASKS.datasets);
        await widget(page)
          .getByRole('checkbox', { name: /simplesafetytests_extract/, checked: true })
          .first()
          .waitFor({ timeout: STEP_TIMEOUT_MS });
        await accept(page);
        await step(page, /3\//, ASKS.utility);
        await pick(page, 'No utility set');
        await step(page, /4\//, ASKS.responses);
        await pick(page, "The datasets' own responses");
        await widget(page)
          .getByText(/cannot be used: .*has no response field/)
          .waitFor({ timeout: STEP_TIMEOUT_MS });
        await pick(page, "The model's own refusals");

        await step(page, /5\//, ASKS.methods);
        await row(page, /SafeLayer.*none was chosen/).waitFor({ timeout: STEP_TIMEOUT_MS });
        await row(page, 'SNIP').hover();
        await row(page, 'SNIP')
          .getByRole('button', { name: 'Change Settings of SNIP' })
          .click({ timeout: STEP_TIMEOUT_MS });
        await pick(page, /^topFraction/);
        await widget(page).getByText('topFraction: q: share').waitFor({ timeout: STEP_TIMEOUT_MS });
        const input = widget(page).locator('input.input');
        await input.fill('5', { timeout: STEP_TIMEOUT_MS });
        await widget(page).getByText(/<=1/).waitFor({ timeout: STEP_TIMEOUT_MS });
        await input.fill('0.1');
        await page.keyboard.press('Enter');
        await row(page, /topFraction.*0\.1/).waitFor({ timeout: STEP_TIMEOUT_MS });
        await back(page);
        await row(page, /SNIP.*topFraction 0\.1/).waitFor({ timeout: STEP_TIMEOUT_MS });
        await accept(page);
        await step(page, /6\/6/, ASKS.summary);
        await page.keyboard.press('Escape');
        await widget(page).waitFor({ state: 'hidden', timeout: STEP_TIMEOUT_MS });
        assert.ok(
          !existsSync(path.join(workspace.dir, 'aligned-tiny-simplesafetytests_extract.safety-region.json')),
        );
      }),
  },
  {
    name: 'the guided pick begins with the dataset, or the model folder, whose menu was opened',
    run: ({ page, host }) =>
      withData(async (workspace) => {
        cpSync(inRoot('native-models/random-tiny'), path.join(workspace.dir, 'tiny'), { recursive: true });
        const [set, copy] = ['data/harmbench/harmbench_extract.csv', 'mine.csv'];
        cpSync(path.join(workspace.dir, set), path.join(workspace.dir, copy));
        await openWorkbench(page, host, workspace.dir);
        const inTree = (name: string): Locator =>
          page.locator('.explorer-folders-view').getByRole('treeitem', { name });
        await chooseFromMenu(page, inTree(copy), 'Identify Safety Region');
        await step(page, /1\//, ASKS.model);
        await pick(page, /^tiny, /);
        await step(page, /2\//, ASKS.datasets);
        await widget(page)
          .getByRole('checkbox', { name: /^mine\.csv/, checked: true })
          .first()
          .waitFor({ timeout: STEP_TIMEOUT_MS });
        await page.keyboard.press('Escape');
        await widget(page).waitFor({ state: 'hidden', timeout: STEP_TIMEOUT_MS });

        await chooseFromMenu(page, inTree('tiny'), 'Identify Safety Region');
        await step(page, /2\//, ASKS.datasets);
        await page.keyboard.press('Escape');
        await widget(page).waitFor({ state: 'hidden', timeout: STEP_TIMEOUT_MS });

        await chooseFromMenu(page, inTree('data'), 'Identify Safety Region');
        await step(page, /1\//, ASKS.model);
        await widget(page)
          .getByText(/has no config\.json/)
          .first()
          .waitFor({ timeout: STEP_TIMEOUT_MS });
        await page.keyboard.press('Escape');
        await widget(page).waitFor({ state: 'hidden', timeout: STEP_TIMEOUT_MS });
      }),
  },
  {
    name: 'without a folder the guided pick offers what is there, and says how to come to the rest',
    run: async ({ page, host }) => {
      await openWorkbench(page, host);
      await runCommand(page, 'Identify Safety Region');
      await step(page, /1\//, ASKS.model);
      await pick(page, /^random-tiny/);
      await step(page, /2\//, 'No folder is open: browse for files.');
      await widget(page)
        .getByRole('button', { name: /^Browse for Files/ })
        .waitFor({ timeout: STEP_TIMEOUT_MS });
      await page.keyboard.press('Escape');
      await widget(page).waitFor({ state: 'hidden', timeout: STEP_TIMEOUT_MS });
    },
  },
];
