import { describe, expect, it } from 'vitest';
import { previewDataset } from '../../../../src/engine/formats/datasets/previewDataset';
import { datasetFormats } from '../../../../src/engine/formats/datasets/registry';
import { suggestFields } from '../../../../src/host/experimentFile/completions';
import {
  DATASET_ENDINGS,
  suggestDatasets,
  suggestModels,
} from '../../../../src/host/experimentFile/pathSuggestions';
import { placeAt } from '../../../../src/host/experimentFile/placeAt';
import { scratchFolder } from '../../datasets/scratch';

const scratch = scratchFolder();
const file = scratch.put('d.csv', 'note,goal,prompt,label\nn1,g1,"a\nb",x\nn2,g2,c,y\nn3,g3,d,y\n');

async function literals(marked: string): Promise<string[]> {
  const text = `{ "datasets": [{ "id": "A", "path": "d.csv", ${marked.replace('|', '')} }] }`;
  const place = placeAt(text, text.indexOf(marked.slice(0, marked.indexOf('|'))) + marked.indexOf('|'));
  return suggestFields(place!, await previewDataset(file)).map(({ literal }) => literal);
}

describe('completion of fields', () => {
  it('offers the detected prompt first, then what else it could be, then the rest', async () => {
    expect(await literals('"prompt": "|"')).toEqual(['"prompt"', '"goal"', '"note"', '"label"', '"$file"']);
  });

  it('offers the fields that have few values first in where, without those that are there', async () => {
    expect(await literals('"where": { "|" }')).toEqual([
      '"label"',
      '"$file"',
      '"note"',
      '"goal"',
      '"prompt"',
    ]);
    expect(await literals('"where": { "label": "x", "|" }')).not.toContain('"label"');
  });

  it('offers the values of a field, most frequent first', async () => {
    expect(await literals('"where": { "label": "|" }')).toEqual(['"y"', '"x"']);
    expect(await literals('"where": { "label": ["y", |] }')).toEqual(['"y"', '"x"']);
    expect(await literals('"where": { "note": "|" }')).toEqual([]);
  });

  it('shows a sample in one line, and how many rows a value has', async () => {
    const preview = await previewDataset(file);
    const text = '{ "utility": { "path": "d.csv", "prompt": "" } }';
    const [first] = suggestFields(placeAt(text, text.indexOf('""') + 1)!, preview);
    expect(first).toEqual({ literal: '"prompt"', sample: 'a b', rows: null, isDetected: true });
  });
});

describe('completion of paths', () => {
  it('knows the endings that the engine reads', () => {
    expect(DATASET_ENDINGS.toSorted()).toEqual(datasetFormats.flatMap(({ endings }) => endings).toSorted());
  });

  it('offers data, nearest first and relative to the experiment, and no files of programs and models', () => {
    const files = [
      '/w/exp/a.safety-region.json',
      '/w/exp/data/b.jsonl',
      '/w/exp/c.csv',
      '/w/other/d.csv',
      '/w/exp/model/config.json',
      '/w/exp/model/tokenizer.json',
      '/w/package.json',
      '/w/tsconfig.json',
      '/w/requirements.txt',
    ];
    expect(suggestDatasets(files, '/w/exp')).toEqual(['c.csv', 'data/b.jsonl', '../other/d.csv']);
  });

  it('tells models from adapters and encoders by what lies in their folders', () => {
    const files = [
      '/w/m/config.json',
      '/w/m/model-00001-of-00002.safetensors',
      '/w/m/model-00002-of-00002.safetensors',
      '/w/lora/adapter_config.json',
      '/w/lora/adapter_model.safetensors',
      '/w/enc/config.json',
      '/w/enc/model.onnx',
      '/w/app/config.json',
    ];
    expect(suggestModels(files, '/w', 'model')).toEqual(['m']);
    expect(suggestModels(files, '/w', 'adapter')).toEqual(['lora']);
    expect(suggestModels(files, '/w/m', 'encoder')).toEqual(['.', '../enc']);
  });
});
