import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, afterEach, before, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { addDoneRun, addInterruptedRun } from '../harness/cannedRun';
import { closeAllEditors, extension, until, workspaceFile } from './window';

const SAMPLE = 'sample.safety-region.json';
const made: vscode.Uri[] = [];

async function open(name: string, text: string): Promise<vscode.TextDocument> {
  const uri = workspaceFile(name);
  await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
  made.push(uri);
  const document = await vscode.workspace.openTextDocument(uri);
  await vscode.window.showTextDocument(document);
  return document;
}

/** Behind the first appearance of `before`. */
const behind = (document: vscode.TextDocument, before: string): vscode.Position => {
  const offset = document.getText().indexOf(before);
  assert.ok(offset >= 0, before);
  return document.positionAt(offset + before.length);
};

const sample = (): string => readFileSync(workspaceFile(SAMPLE).fsPath, 'utf8');

async function labels(document: vscode.TextDocument, position: vscode.Position): Promise<string[]> {
  const list = await vscode.commands.executeCommand<vscode.CompletionList>(
    'vscode.executeCompletionItemProvider',
    document.uri,
    position,
  );
  return list.items.map(({ label }) => (typeof label === 'string' ? label : label.label));
}

async function hoverText(document: vscode.TextDocument, position: vscode.Position): Promise<string> {
  const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
    'vscode.executeHoverProvider',
    document.uri,
    position,
  );
  return hovers
    .flatMap(({ contents }) => contents)
    .map((content) => (content instanceof vscode.MarkdownString ? content.value : ''))
    .join('\n');
}

const lensTitles = async (document: vscode.TextDocument): Promise<string[]> => {
  const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
    'vscode.executeCodeLensProvider',
    document.uri,
    10,
  );
  return lenses.map(({ command }) => command?.title.replace(/^\$\([\w~-]+\) /, '') ?? '');
};

describe('an experiment file', () => {
  before(async () => {
    await extension().activate();
  });
  afterEach(closeAllEditors);
  after(async () => {
    for (const uri of made) await vscode.workspace.fs.delete(uri);
    await vscode.workspace.fs.delete(workspaceFile('lenses'), { recursive: true });
  });

  it('is completed with the fields and values of its datasets', async () => {
    const document = await open(
      'fields.safety-region.json',
      sample().replace('"prompt": "Behavior"', '"prompt": ""'),
    );
    const fields = await labels(document, behind(document, '"prompt": "'));
    assert.ok(fields.includes('"Behavior"') && fields.includes('"SemanticCategory"'), fields.join());

    const filtered = sample().replace('"kind": "single"', '"where": { "SemanticCategory": [""] }');
    const second = await open('values.safety-region.json', filtered);
    const values = await labels(second, behind(second, '"SemanticCategory": ["'));
    assert.ok(values.includes('"misinformation_disinformation"'), values.join());
  });

  it('is completed with data files and embedded models', async () => {
    const document = await open(
      'paths.safety-region.json',
      sample().replace('data/catqa/catqa_extract.json', ''),
    );
    const paths = await labels(document, behind(document, '"id": "catqa", "path": "'));
    assert.ok(paths.includes('"data/catqa/catqa_extract.json"'), paths.join());
    const models = await labels(document, behind(document, '"model": "'));
    assert.ok(models.includes('"embedded:random-tiny"'), models.join());
  });

  it('shows what a dataset holds over its path', async () => {
    const document = await open('hover.safety-region.json', sample());
    const text = await until('a hover', async () => {
      const found = await hoverText(document, behind(document, '"path": "data/harm'));
      return found.includes('rows') ? found : undefined;
    });
    assert.match(text, /\*\*harmbench\*\* \u00b7 \d+ rows/);
    assert.match(text, /prompt: Behavior/);
    assert.match(text, /Categories: misinformation.*\(12/);
  });

  it('marks what the engine would refuse, and nothing in a good file', async () => {
    const own = (uri: vscode.Uri): string[] =>
      vscode.languages
        .getDiagnostics(uri)
        .filter(({ source }) => source === 'Safety Regions')
        .map(({ code, range }) => `${typeof code === 'object' ? '' : (code ?? '')} ${range.start.line}`);
    const text = sample()
      .replace('"prompt": "Behavior"', '"prompt": "Behaviour"')
      .replace('catqa_extract.json', 'absent.json')
      .replace('"count": 12', '"count": 13');
    const document = await open('refused.safety-region.json', text);
    const lineOf = (part: string): number => document.positionAt(document.getText().indexOf(part)).line;
    const found = await until('diagnostics', () => {
      const codes = own(document.uri);
      return codes.some((code) => code.startsWith('dataset-missing')) ? codes : undefined;
    });
    assert.ok(found.includes(`field-missing ${lineOf('Behaviour')}`), found.join());
    assert.ok(found.includes(`dataset-missing ${lineOf('absent.json')}`), found.join());

    const good = await open('good.safety-region.json', sample());
    await until('diagnostics of the schema', async () => (await lensTitles(good)).length > 0 || undefined);
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    assert.deepEqual(own(good.uri), []);
  });

  it('leads to its runs, as they come', async () => {
    const document = await open('lenses/canned.safety-region.json', sample());
    assert.deepEqual(await lensTitles(document), ['Run', 'Set Up']);
    const runs = workspaceFile('lenses', '.safety-region', 'runs').fsPath;
    // Canned runs say that they were made by a canned.safety-region.json elsewhere.
    await addDoneRun(runs, 'lenses', '2020-02-01T00:00:00.000Z');
    await addInterruptedRun(runs, 'lenses', '2020-02-02T00:00:00.000Z');
    // A run may be looked at while it is still being written here.
    await until('lenses of both runs', async () => {
      const titles = await lensTitles(document);
      return titles.join() === 'Run,Resume,Open Last Run,Set Up' || undefined;
    });
  });
});

describe('a parameter name in code', () => {
  afterEach(closeAllEditors);

  it('shows its density in the latest run', async () => {
    const runs = workspaceFile('.safety-region', 'runs').fsPath;
    // Newer than all others, so that it is the one.
    await addDoneRun(runs, 'latest', '2099-01-01T00:00:00.000Z');
    const document = await vscode.workspace.openTextDocument({
      language: 'python',
      content: 'w = state["model.layers.0.self_attn.q_proj.weight"]\nos.path.join()\n',
    });
    // 320 of 64 x 100 weights, in each of ten regions of two methods and their utility region. The run may be looked at
    // while it is still being written here.
    const text = await until('a hover with 22 regions of the latest run', async () => {
      const found = await hoverText(document, new vscode.Position(0, 20));
      const regions = found.match(/5\.00\u00a0%\u00a0\\\(320\\\)/g) ?? [];
      return found.includes('latest') && regions.length === 22 ? found : undefined;
    });
    assert.match(text, /snip \/ 6,400/);
    assert.doesNotMatch(await hoverText(document, new vscode.Position(1, 5)), /Density/);
    const latest = vscode.Uri.joinPath(workspaceFile('.safety-region', 'runs'));
    for (const [name] of await vscode.workspace.fs.readDirectory(latest)) {
      if (name.includes('-latest-'))
        await vscode.workspace.fs.delete(vscode.Uri.joinPath(latest, name), { recursive: true });
    }
  });
});
