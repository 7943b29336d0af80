import { beforeAll, describe, expect, it } from 'vitest';
import { overlapRegions } from '../../../src/core/masks/overlap';
import type { OverlapReport } from '../../../src/core/masks/overlapReport';
import { parseParamName } from '../../../src/core/model/paramNames';
import { overlapPage } from '../../../src/core/report/overlapPage';
import type { ReportRun } from '../../../src/core/report/reportInput';
import { layerReport } from '../../../src/protocol/explorer/layerReports';
import { cannedLayerReport } from '../../vscode/harness/cannedReports';
import { cannedManifest } from '../../vscode/harness/cannedRun';
import { source } from '../overlap/sets';

const UNIVERSE = { 'model.layers.0.mlp.up_proj.weight': 40, 'model.layers.1.self_attn.q_proj.weight': 40 };
const [UP, Q] = Object.keys(UNIVERSE) as [string, string];
const HOSTILE = `"><script>alert(1)</script><img src=x onerror='alert(2)'>&\u202e\u0007`;

const neuronsOf = (id: string): ReportRun['neurons'][number] => ({
  schemaVersion: 1,
  dataset: id,
  settings: {},
  layers: [{ layer: 0, types: { [id]: { neurons: 8, keptPerPrompt: 4, size: 2, expectedAtRandom: 1 } } }],
});

/** @param names of the runs' folders; of one that is called like the id where left out */
async function pageOf(id: string, names: readonly string[] = [id]): Promise<string> {
  const regions = [0, 1, 2, 3, 4].map((i) =>
    source(`${id}${i}`, UNIVERSE, { [UP]: [1, 2, 3, 10 + i], [Q]: [5, 20 + i] }),
  );
  const overlap = await overlapRegions(regions, {
    locate: parseParamName,
    utility: source(`${id}U`, UNIVERSE, { [UP]: [1] }),
    notes: [id],
  });
  const pair = [
    [1, 0.25],
    [0.25, 1],
  ];
  const report: OverlapReport = {
    schemaVersion: 1,
    methods: { [id]: overlap, safeNeuron: overlap, safeLayer: overlap },
    leftOut: [{ method: id, reason: `${id} differ` }],
    crossMethod: {
      unit: 'weight',
      universe: 80,
      methods: [id, 'wanda'],
      leftOut: [{ method: id, reason: id }],
      datasets: {
        [id]: {
          sizes: [1, 2],
          pairwise: pair,
          randomPairwise: pair,
          overlapCoefficient: pair,
          randomOverlapCoefficient: pair,
        },
      },
      notes: [id],
    },
  };
  const manifest = cannedManifest('canned', '2026-01-01T00:00:00.000Z');
  const run: ReportRun = {
    name: id,
    path: `/runs/${id}`,
    manifest: {
      ...manifest,
      experimentFile: id,
      versions: { [id]: id },
      datasets: {
        [id]: {
          files: [id],
          rows: 9,
          matched: 8,
          sampled: 7,
          duplicatePrompts: 0,
          truncated: 0,
          promptField: id,
          responseField: null,
          categoryField: id,
          detected: true,
          warnings: [id],
        },
      },
      defaults: { [id]: id },
    },
    summary: null,
    layers: [layerReport.parse(cannedLayerReport(id, id))],
    neurons: [neuronsOf(id)],
  };
  return overlapPage({ overlap: report, runs: names.map((name) => ({ ...run, name })) });
}

/** Names of the elements, by what a parser would take for a tag. */
const elementsOf = (page: string): string[] =>
  [...page.matchAll(/<([a-z][\w-]*)/gi)].map(([, name]) => name!);

describe('the HTML report', () => {
  let plain: string;
  let hostile: string;
  beforeAll(async () => {
    [plain, hostile] = await Promise.all([pageOf('D'), pageOf(HOSTILE)]);
  });

  it('asks nobody for anything and runs nothing', () => {
    expect(plain).toMatch(/^<!doctype html>\n<html lang="en">/);
    expect(plain).toContain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    const asking = /<script|<link|<img|<iframe|<object|\bsrc=|url\(|https?:|@import|\son\w+=/gi;
    expect(plain.match(asking)).toBeNull();
    for (const [, target] of plain.matchAll(/href="([^"]*)"/g)) {
      expect(target).toMatch(/^#/);
      expect(plain).toContain(`id="${target!.slice(1)}"`);
    }
  });

  it('a hostile id or path adds no element and no attribute', () => {
    expect(new Set(elementsOf(hostile))).toEqual(new Set(elementsOf(plain)));
    expect(hostile).not.toContain('\u202e');
    expect(hostile).not.toContain('\u0007');
    const shown = hostile.replace(/"[^"]*"/g, '""');
    expect(shown).not.toMatch(/<[^>]*(onerror|alert)/);
    expect(hostile).toContain('&lt;script&gt;');
  });

  it('closes every element that it opens', () => {
    const open: string[] = [];
    const body = plain.replace(/<!doctype html>|<meta[^>]*>|<style>[^]*?<\/style>/g, '');
    for (const [, slash, name] of body.matchAll(/<(\/?)([a-z][\w-]*)[^>]*>/gi)) {
      if (slash === '') open.push(name!);
      else expect(open.pop()).toBe(name);
    }
    expect(open).toEqual([]);
  });

  it('every figure has a name for its picture, a caption and a table', () => {
    const figures = [...plain.matchAll(/<figure>([^]*?)<\/figure>/g)].map(([, body]) => body!);
    expect(figures.length).toBeGreaterThan(15);
    for (const figure of figures) {
      expect(figure).toMatch(/<svg [^>]*role="img" aria-label="[^"]{10,}"/);
      expect(figure).toMatch(/<figcaption>.+<\/figcaption>/);
      expect(figure).toMatch(/<table><caption>/);
      expect(figure).not.toMatch(/NaN|undefined|Infinity/);
    }
  });

  it('tells several runs apart: in its title, in those of figures, and by what each was made with', async () => {
    expect(plain).toMatch(/<title>Overlap of safety regions: models.canned<.title>/);
    const page = await pageOf('D', ['first', 'second']);
    expect(page).toContain(
      '<title>Overlap of safety regions in 2 runs, first and second: models/canned</title>',
    );
    for (const title of [
      'Cosine of hidden states, D',
      'Neurons by layer and type',
      'Sweeps of the bounds, D',
    ]) {
      for (const label of ['A', 'B']) expect(page).toContain(`${title}, run ${label}`);
    }
    expect(page).toMatch(/<th scope="row">B<.th><td>second<.td><td>2026-01-01 00:00 UTC<.td>/);
    expect(plain).not.toContain('<caption>Runs');
    expect(page).toContain('D is left out, since its regions do not compare: D differ');
  });

  it('says every choice: defaults, datasets, versions, hashes, warnings, notes', () => {
    const manifest = cannedManifest('canned', '2026-01-01T00:00:00.000Z');
    for (const hash of Object.values(manifest.model.files)) expect(plain).toContain(hash);
    for (const title of ['Defaults in effect', 'Datasets, as read and sampled', 'The resolved experiment']) {
      expect(plain).toContain(title);
    }
    expect(plain).toContain('<li>D: D</li>');
    expect(plain).toContain('not finished');
  });
});
