import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { addBrokenRun } from '../harness/workspace';
import { addDoneRun, addInterruptedRun } from '../harness/cannedRun';
import { closeAllEditors, COMMANDS, explorerTabs, extension, listRuns, until, workspaceFile } from './window';

const runsDir = (): string => workspaceFile('.safety-region', 'runs').fsPath;

describe('extension', () => {
  afterEach(closeAllEditors);

  it('registers every command of package.json', async () => {
    await extension().activate();
    const registered = new Set(await vscode.commands.getCommands(true));
    const manifest = extension().packageJSON as { contributes: { commands: { command: string }[] } };
    const contributed = manifest.contributes.commands.map(({ command }) => command);
    assert.deepEqual(contributed.toSorted(), COMMANDS.map((name) => `safetyRegions.${name}`).toSorted());
    for (const command of contributed) assert.ok(registered.has(command), command);
  });

  it('reads experiment files as JSON with comments and checks them against the schema', async () => {
    const uri = workspaceFile('wrong.safety-region.json');
    await vscode.workspace.fs.writeFile(
      uri,
      Buffer.from('{\n  // a comment\n  "schemaVersion": 1,\n  "nmae": "x"\n}'),
    );
    try {
      const document = await vscode.workspace.openTextDocument(uri);
      await vscode.window.showTextDocument(document);
      assert.equal(document.languageId, 'jsonc');
      const messages = await until('diagnostics of the schema', () => {
        const found = vscode.languages.getDiagnostics(uri).map(({ message }) => message);
        return found.length > 0 ? found : undefined;
      });
      assert.ok(
        messages.some((message) => message.includes('nmae')),
        messages.join('\n'),
      );
    } finally {
      await vscode.workspace.fs.delete(uri);
    }
  });

  it('lists runs newest first with their state, a broken one last', async () => {
    await addDoneRun(runsDir(), 'older', '2020-01-01T00:00:00.000Z');
    await addInterruptedRun(runsDir(), 'newer', '2020-01-03T00:00:00.000Z');
    addBrokenRun({ dir: '', runsDir: runsDir(), remove: () => undefined });
    const runs = (await listRuns()).map(({ name, state }) => [name, state]);
    assert.deepEqual(runs, [
      ['newer', 'interrupted'],
      ['older', 'done'],
      ['20200102-030405-broken-0a1b2c', 'broken'],
    ]);
  });

  it('opens one explorer a run', async () => {
    const run = (await listRuns()).find(({ name }) => name === 'older');
    assert.ok(run);
    await vscode.commands.executeCommand('safetyRegions.openRun', run);
    await vscode.commands.executeCommand('safetyRegions.openRun', run);
    await until('a panel', () => explorerTabs().length > 0 || undefined);
    const [title] = explorerTabs();
    assert.match(title ?? '', /^Overlap Explorer: older, 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d$/);
    assert.equal(explorerTabs().length, 1);
  });

  it('judges nothing where a run holds no answers to harmless prompts', async () => {
    const run = (await listRuns()).find(({ name }) => name === 'older');
    assert.equal(await vscode.commands.executeCommand('safetyRegions.judgeAnswers', run), undefined);
    assert.equal(await vscode.commands.executeCommand('safetyRegions.forgetJudgeKeys'), undefined);
  });

  it('takes no argument for a run that is none', async () => {
    for (const argument of [{ path: 7 }, { path: 'relative' }]) {
      let isAnswered = false;
      void vscode.commands.executeCommand('safetyRegions.openRun', argument).then(() => (isAnswered = true));
      // It asks instead; the question is closed like a user would, as soon as it is there.
      await until('the question', async () => {
        await vscode.commands.executeCommand('workbench.action.closeQuickOpen');
        return isAnswered || undefined;
      });
      assert.deepEqual(explorerTabs(), []);
    }
  });
});
