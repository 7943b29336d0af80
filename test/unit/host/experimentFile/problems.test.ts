import { describe, expect, it } from 'vitest';
import { readDrafts, type DatasetDraft } from '../../../../src/host/experimentFile/datasetDrafts';
import { datasetProblems, previewParams } from '../../../../src/host/experimentFile/datasetProblems';
import { fileProblem } from '../../../../src/host/experimentFile/fileProblem';
import { collectRows } from '../../../../src/engine/prepare/collectRows';
import { previewDataset } from '../../../../src/engine/formats/datasets/previewDataset';
import { parseExperiment } from '../../../../src/core/run/experiment';
import type { ToolError } from '../../../../src/protocol/errors';
import { scratchFolder } from '../../datasets/scratch';

const experiment = (dataset: string, more = ''): string => `{
  "schemaVersion": 1,
  "name": "n",
  "model": "m",
  "datasets": [${dataset}],
  "methods": [{ "method": "snip" }]${more}
}`;

describe('what parseExperiment refuses', () => {
  const marked = (text: string): [string, string] | null => {
    const problem = fileProblem(text);
    if (!problem) return null;
    const { offset, length } = problem.span;
    return [problem.code, text.slice(offset, offset + length)];
  };
  const good = experiment('{ "id": "A", "path": "a.csv" }');

  it('is nothing in a good file, and nothing that the editor says better', () => {
    expect(fileProblem(good)).toBeNull();
    expect(fileProblem('{ "a": ')).toBeNull();
  });

  it.each([
    [good.replace('"name"', '"nmae"'), 'experiment-unknown-key', '"n"'],
    [good.replace('"snip"', '"snip", "topFraction": 5'), 'experiment-fraction-range', '5'],
    [good.replace('"snip"', '"snap"'), 'method-unavailable', '"snap"'],
    [experiment('{ "id": "A", "path": "a" }, { "id": "a", "path": "b" }'), 'experiment-duplicate-id', '"a"'],
    [
      good.replace('"name": "n",', '"name": "n", "name": "n",'),
      'experiment-duplicate-key',
      '"name": "n", "name": "n",',
    ],
    [good.replace('"methods": [{ "method": "snip" }]', '"methods": [\n]'), 'experiment-invalid', '"methods"'],
  ])('%# is marked where it stands', (text, code, span) => {
    expect(marked(text)).toEqual([code, span]);
  });

  it('says what is wrong and how to mend it, without a file name', () => {
    const message = fileProblem(good.replace('"name"', '"nmae"'))?.message;
    expect(message).toContain("Unknown key 'nmae'");
    expect(message).toContain("Did you mean 'name'?");
    expect(message).not.toContain('experiment, line');
  });

  it('is found in a file of any length of lines and any line ends', () => {
    const text = good.replaceAll('\n', '\r\n').replace('"m"', '""');
    expect(marked(text)).toEqual(['experiment-invalid', '""']);
  });
});

describe('what the engine refuses of a dataset', () => {
  const scratch = scratchFolder();
  scratch.put('d.csv', 'prompt,label,answer\na,x,1\nb,y,2\nc,y,3\n');
  scratch.put('two.csv', 'first,second\na,b\nc,d\n');
  scratch.put('empty.csv', 'prompt,label\n');
  const FIXED = ', "responses": { "source": "fixed", "text": "No." }';

  const draftOf = (text: string): DatasetDraft => readDrafts(text).datasets[0]!;
  async function problemsOf(dataset: string, count = 2, more = FIXED): Promise<[string, string][]> {
    const text = experiment(dataset, more);
    const draft = draftOf(text);
    const params = previewParams(draft, scratch.path)!;
    const preview = await previewDataset(params.path, params.baseDir, params);
    return datasetProblems(draft, preview, count).map(({ kind, span: { offset, length } }) => [
      kind,
      text.slice(offset, offset + length),
    ]);
  }

  const CASES: [string, string, string, string, string][] = [
    ['a prompt that is not there', '"path": "d.csv", "prompt": "q"', FIXED, 'field-missing', '"q"'],
    ['a category that is not there', '"path": "d.csv", "category": "k"', FIXED, 'field-missing', '"k"'],
    ['a filter on no field', '"path": "d.csv", "where": { "k": "x" }', FIXED, 'field-missing', '"k"'],
    [
      'a filter that leaves nothing',
      '"path": "d.csv", "where": { "label": "z" }',
      FIXED,
      'filter-empty',
      '"label"',
    ],
    ['no field for a prompt', '"path": "two.csv"', FIXED, 'no-prompt', '"A"'],
    ['no field for a response', '"path": "two.csv", "prompt": "first"', '', 'no-response', '"A"'],
    ['a response that is the prompt', '"path": "d.csv", "response": "prompt"', '', 'no-response', '"prompt"'],
    ['no response', '"path": "d.csv", "response": null', '', 'response-null', 'null'],
    ['no rows', '"path": "empty.csv"', FIXED, 'no-rows', '"empty.csv"'],
  ];
  const CODES: Readonly<Record<string, string>> = {
    'field-missing': 'dataset-field-missing',
    'filter-empty': 'dataset-filter-empty',
    'no-prompt': 'dataset-no-prompt',
    'no-response': 'dataset-no-response',
    'response-null': 'responses-none',
    'no-rows': 'dataset-empty',
  };

  it.each(CASES)('%s', async (_, dataset, more, kind, span) => {
    expect(await problemsOf(`{ "id": "A", ${dataset} }`, 2, more)).toEqual([[kind, span]]);
  });

  it.each(CASES)('%s: the engine says the same', async (_, dataset, more, kind) => {
    const { datasets } = parseExperiment(experiment(`{ "id": "A", ${dataset} }`, more), 'f');
    const file = `${scratch.path}/${datasets[0]!.path[0]!}`;
    const thrown: unknown = await collectRows(datasets[0]!, [file], undefined).catch(
      (error: unknown) => error,
    );
    expect((thrown as ToolError).code).toBe(CODES[kind]);
  });

  it('is too few rows, of those that match', async () => {
    expect(await problemsOf('{ "id": "A", "path": "d.csv" }', 3)).toEqual([]);
    expect(await problemsOf('{ "id": "A", "path": "d.csv" }', 4)).toEqual([['too-few-rows', '"d.csv"']]);
    const filtered = '{ "id": "A", "path": "d.csv", "where": { "label": "y" } }';
    expect(await problemsOf(filtered, 2)).toEqual([]);
    expect(await problemsOf(filtered, 3)).toEqual([['too-few-rows', '"label"']]);
  });

  it('is nothing that only unread rows could tell', async () => {
    const text = experiment('{ "id": "A", "path": "d.csv", "category": "late" }', FIXED);
    const preview = await previewDataset('d.csv', scratch.path, { expected: ['late'], maxRows: 1 });
    expect(datasetProblems(draftOf(text), preview, 100)).toEqual([]);
  });

  it('is not looked for where no file is named yet', () => {
    expect(previewParams(draftOf(experiment('{ "id": "A", "path": "" }')), '/')).toBeNull();
    expect(previewParams(draftOf(experiment('{ "id": "A" }')), '/')).toBeNull();
  });
});
