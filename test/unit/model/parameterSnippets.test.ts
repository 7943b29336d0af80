import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { freezeSnippet, neuronLine, selectionLine } from '../../../src/core/model/parameterSnippets';

const Q = 'model.layers.12.self_attn.q_proj.weight';
const D0 = { runDir: '/runs/a', method: 'snip', dataset: 'D0' };

describe('the PyTorch line of a parameter', () => {
  it('selects it by its Hugging Face name', () => {
    expect(selectionLine({ name: Q, rows: null })).toBe(`model.get_parameter("${Q}")`);
  });

  it('selects the rows of a module in a fused matrix', () => {
    const name = 'model.layers.0.self_attn.qkv_proj.weight';
    expect(selectionLine({ name, rows: [3072, 4096] })).toBe(`model.get_parameter("${name}")[3072:4096]`);
  });

  it("has the adapter's name that PEFT gives it in memory", () => {
    const module = 'base_model.model.model.layers.3.self_attn.q_proj';
    expect(selectionLine({ name: `${module}.lora_A.weight`, rows: null })).toBe(
      `model.get_parameter("${module}.lora_A.default.weight")`,
    );
  });

  it('is one string of plain characters, whatever a file calls its tensor', () => {
    const line = selectionLine({ name: 'a")\nimport os # \u202e\u{1f600}', rows: null });
    expect(line).toBe('model.get_parameter("a\\")\\nimport os # \\u202e\\U0001f600")');
  });
});

describe('the PyTorch line of a neuron', () => {
  it('is a row or a column of its matrix', () => {
    expect(neuronLine({ name: Q, axis: 'row', index: 7 })).toBe(`model.get_parameter("${Q}")[7]`);
    const name = 'model.layers.0.mlp.down_proj.weight';
    expect(neuronLine({ name, axis: 'column', index: 0 })).toBe(`model.get_parameter("${name}")[:, 0]`);
  });
});

describe('the freeze snippet', () => {
  it('loads the mask of one region, exported to one file', () => {
    const text = freezeSnippet({ name: Q, rows: null }, { keep: [D0], without: [] });
    expect(text).toContain(
      '# safety-region export /runs/a --region snip/D0 --format safetensors --out mask.safetensors\n',
    );
    expect(text).toContain('mask = mask_of("mask.safetensors")\n');
    expect(text).toContain(`masks.get_tensor("${Q}")`);
    expect(text).toContain('optimizer.register_step_post_hook(restore)');
  });

  it('combines masks as the view does: what all keep, without the others', () => {
    const of = (dataset: string) => ({ ...D0, dataset });
    const text = freezeSnippet({ name: Q, rows: null }, { keep: [D0, of('D1')], without: [of('Du')] });
    expect(text.match(/^# safety-region export .*/gm)).toHaveLength(3);
    expect(text).toContain(
      'mask = mask_of("mask0.safetensors") & mask_of("mask1.safetensors") & ~mask_of("mask2.safetensors")\n',
    );
  });

  it('keeps to one line of comment for the shell, whatever the folder is called', () => {
    const text = freezeSnippet(
      { name: Q, rows: null },
      { keep: [{ ...D0, runDir: "/my runs/it's\nimport os" }], without: [] },
    );
    expect(text.split('\n')[0]).toBe(
      `# safety-region export '/my runs/it'\\''s?import os' --region snip/D0 --format safetensors --out mask.safetensors`,
    );
  });

  it('keeps to the rows of a module in a fused matrix', () => {
    const text = freezeSnippet({ name: Q, rows: [4, 6] }, { keep: [D0], without: [] });
    expect(text).toContain('mask[:4] = mask[6:] = False\n');
  });

  it('is what docs/python.md explains, where its check runs it', () => {
    const document = readFileSync(new URL('../../../docs/python.md', import.meta.url), 'utf8');
    const of = (dataset: string) => ({ runDir: 'RUN_DIR', method: 'snip', dataset });
    const parameter = { name: 'model.layers.1.self_attn.q_proj.weight', rows: null };
    const text = freezeSnippet(parameter, { keep: [of('D0')], without: [of('Du')] });
    expect(document).toContain(`\`\`\`python\n${text}\`\`\`\n`);
    for (const line of text.split('\n').filter((line) => line.startsWith('# safety-region')))
      expect(document).toContain(`\n${line.slice(2)}\n`);
  });
});
