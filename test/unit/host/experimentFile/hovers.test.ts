import { describe, expect, it } from 'vitest';
import { previewDataset } from '../../../../src/engine/formats/datasets/previewDataset';
import { readDrafts } from '../../../../src/host/experimentFile/datasetDrafts';
import { datasetHover } from '../../../../src/host/experimentFile/datasetHover';
import { markdownText, oneLine } from '../../../../src/host/experimentFile/markdownText';
import { densityHover, parameterNamed } from '../../../../src/host/experimentFile/parameterName';
import { scratchFolder } from '../../datasets/scratch';
import { plainL10n as l10n } from '../plainL10n';

const scratch = scratchFolder();

async function hoverOf(content: string, more = ''): Promise<string> {
  const file = scratch.put('d.csv', content);
  const text = `{ "datasets": [{ "id": "A", "path": "d.csv"${more} }] }`;
  const [draft] = readDrafts(text).datasets;
  const where = Object.fromEntries(
    draft!.where.map(({ key, values }) => [key.value, values.map(({ value }) => value)]),
  );
  return datasetHover(draft!, await previewDataset(file, scratch.path, { where }), l10n);
}

describe('the hover of a dataset', () => {
  it('has rows, fields, categories with counts and the first rows', async () => {
    const rows = Array.from({ length: 1200 }, (_, i) => `q${i},${i % 3 === 0 ? 'x' : 'y'}`).join('\n');
    expect(await hoverOf(`prompt,label\n${rows}\n`, ', "where": { "label": "x" }')).toBe(
      [
        '**A** \u00b7 1,200 rows \u00b7 400 of them match',
        'prompt: prompt \\(detected\\) \u00b7 response: \u2013 \u00b7 category: label \\(detected\\)',
        'Categories: y \\(800\\), x \\(400\\)',
        '| prompt | label | \\$file |\n| :--- | :--- | :--- |\n| q0 | x | d |\n| q3 | x | d |\n| q6 | x | d |',
      ].join('\n\n'),
    );
  });

  it('shows hostile content as it is written, in one line, cut', async () => {
    const hostile =
      '[x](command:evil) ![i](http://e/) <img src=x> | `c` \u202e\u0000 **b** https://e.example';
    const hover = await hoverOf(`prompt\n"${hostile}"\n"line 1\n\nline 2"\n"${'long '.repeat(500)}"\n`);
    const [, , one, two, three] = hover.slice(hover.indexOf('| prompt')).split('\n');
    // What is left when all escapes are taken away: nothing that Markdown knows, but the bars of the cells.
    expect(one?.replace(/\\./g, '')).toMatch(/^\| [\w ]+ \| d \|$/);
    expect(two).toContain('line 1 line 2');
    expect(three!.length).toBeLessThan(120);
  });
});

describe('texts of files', () => {
  it('are cut by characters, not within one', () => {
    expect(oneLine('\u{1F600}\u{1F600}\u{1F600}', 2)).toBe('\u{1F600}\u{1F600}\u2026');
    expect(oneLine('  a\t\r\n b ', 10)).toBe('a b');
    expect(oneLine('a'.repeat(10 ** 6), 3)).toBe('aaa\u2026');
  });

  it('keep their characters as Markdown', () => {
    const text = '#*_`[](){}<>!|~-+.:/\\&@$';
    expect(markdownText(text, 100).replace(/\\(.)/g, '$1')).toBe(text);
    expect(markdownText(text, 100)).toBe(text.replace(/./g, '\\$&'));
  });
});

describe('a parameter name', () => {
  it.each([
    ['model.layers.12.self_attn.q_proj.weight', 'model.layers.12.self_attn.q_proj.weight'],
    ['model.layers.12.self_attn.q_proj', 'model.layers.12.self_attn.q_proj.weight'],
    ['self.model.layers.0.mlp.up_proj.bias', 'model.layers.0.mlp.up_proj.bias'],
    [
      'model.language_model.layers.3.mlp.down_proj.weight',
      'model.language_model.layers.3.mlp.down_proj.weight',
    ],
    [
      'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight',
      'base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight',
    ],
  ])('%s', (word, name) => expect(parameterNamed(word)).toBe(name));

  it.each([
    'os.path.join',
    'model.layers',
    'torch.nn.layers.Linear',
    'model.layers.x.q_proj',
    'a'.repeat(10_000),
  ])('is not %s', (word) => expect(parameterNamed(word)).toBeNull());

  it('is shown with its density in each region, in its unit', () => {
    const hover = densityHover(
      'model.layers.0.self_attn.q_proj.weight',
      'my [run](x)',
      [
        { method: 'snip', dataset: 'D0', unit: 'weight', part: null, size: 320, units: 6400 },
        { method: 'safeNeuron', dataset: 'D0', unit: 'neuron', part: null, size: 1, units: 64 },
        { method: 'safeLayer', dataset: 'D0', unit: 'layer', part: null, size: 1, units: 1 },
        { method: 'nlsr', dataset: 'D0', unit: 'weight', part: 'lora_A', size: 0, units: 0 },
        { method: 'nlsr', dataset: 'D0', unit: 'weight', part: 'lora_B', size: 2, units: 10 },
      ],
      l10n,
    );
    expect(hover.split('\n').filter((line) => line.startsWith('|'))).toEqual([
      '| Dataset | snip / 6,400 | safeNeuron / 64 neurons | safeLayer | nlsr |',
      '| --- | ---: | ---: | ---: | ---: |',
      '| D0 | 5.00\u00a0%\u00a0\\(320\\) | 1.56\u00a0%\u00a0\\(1\\) | layer is in the interval |  |',
      '| D0\\, lora\\_A |  |  |  | \u2013 \\(0 / 0\\) |',
      '| D0\\, lora\\_B |  |  |  | 20.0\u00a0% \\(2 / 10\\) |',
    ]);
    expect(hover).toContain('Run: my \\[run\\]\\(x\\)');
  });
});
