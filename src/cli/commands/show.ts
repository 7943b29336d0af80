import path from 'node:path';
import type { Manifest } from '../../core/run/manifest';
import type { RunState } from '../../core/run/runState';
import type { Summary } from '../../core/run/summary';
import { RegionFile } from '../../store/regionFile';
import { openRun, type RunDirectory } from '../../store/runDirectory';
import { bytesText, columns, durationText } from '../columns';
import { plainLines, shellWord } from '../plainText';
import { runWarnings } from '../runWarnings';
import type { Command } from '../io';
import { onlyPositional, parseCommandLine } from '../parseCommandLine';

export const show: Command = {
  name: 'show',
  help: `safety-region show RUN_DIR [--json]
Shows what a run was made from and what came of it. Checksums of a finished run are compared.
--json: {"schemaVersion": 1, "path", "state", "manifest": run.json, "summary": summary.json or null}`,

  async run(args, io) {
    const { values, positionals } = parseCommandLine('show', {
      args,
      allowPositionals: true,
      options: { json: { type: 'boolean' } },
    });
    const run = await openRun(path.resolve(io.cwd, onlyPositional('show', 'RUN_DIR', positionals)));
    const state = await run.state();
    const summary = state === 'done' ? await run.summary() : null;
    await run.verify();
    const intervals = values.json ? new Map<string, string>() : await readIntervals(run, summary);
    const { manifest } = run;
    io.stdout.write(
      values.json
        ? `${JSON.stringify({ schemaVersion: 1, path: run.path, state, manifest, summary }, null, 2)}\n`
        : `${plainLines(describe(run.path, state, manifest, { summary, intervals, command: io.command }))}\n`,
    );
  },
};

/** What is said beside the manifest; of a run that is not finished there is little. */
interface Found {
  readonly summary: Summary | null;
  readonly intervals: ReadonlyMap<string, string>;
  /** What a shell calls this program. */
  readonly command: string;
}

function describe(
  runPath: string,
  state: RunState,
  manifest: Manifest,
  { summary, intervals, command }: Found,
): string {
  const { experiment, model } = manifest;
  const facts = [
    `${experiment.name}  (${state})`,
    `  folder      ${runPath}`,
    `  created     ${manifest.createdAt}${summary ? `, finished ${summary.finishedAt}` : ''}`,
    `  experiment  ${manifest.experimentFile}`,
    `  model       ${model.reference}  (${model.modelType}, ${model.parameters.toLocaleString('en')} parameters)`,
    `  provider    ${manifest.provider}, ${manifest.threads} threads, seed ${manifest.seed}`,
    `  versions    ${list(manifest.versions)}`,
  ];
  const parts = [facts.join('\n'), datasetTable(manifest, summary)];
  if (summary) {
    if (summary.answers) parts.push(answerTable(summary.answers));
    parts.push(regionTable(summary, intervals), ...settingTables(summary));
    parts.push(
      [
        `Seconds: ${list(summary.timings)}`,
        ...(summary.peakMemoryBytes === null ? [] : [`Peak memory: ${bytesText(summary.peakMemoryBytes)}`]),
        `Total: ${durationText(Object.values(summary.timings).reduce((sum, seconds) => sum + seconds, 0))}`,
        ...(summary.resumed > 0 ? [`Resumed ${summary.resumed} time(s)`] : []),
      ].join('\n'),
    );
  }
  const defaults = summary?.defaults ?? manifest.defaults ?? {};
  if (Object.keys(defaults).length > 0) parts.push(defaultTable(defaults));
  const warnings = runWarnings(manifest, summary);
  if (warnings.length > 0) parts.push(warnings.join('\n'));
  if (state === 'interrupted') parts.push(`Go on with: ${command} identify --resume ${shellWord(runPath)}`);
  return parts.join('\n\n');
}

/** A glob may stand for hundreds; --json has them all. */
function filesText(files: readonly string[]): string {
  const names = files.map((file) => path.basename(file));
  const [first] = names;
  return names.length > 2 ? `${first ?? ''} and ${names.length - 1} more` : names.join(' ');
}

function datasetTable({ datasets }: Manifest, summary: Summary | null): string {
  const rows = Object.entries(datasets).map(([id, report]) => [
    id,
    filesText(report.files),
    `${report.promptField}${report.detected ? ' (detected)' : ''}`,
    report.responseField ?? '-',
    String(report.rows),
    String(report.matched),
    String(report.sampled),
    String(report.duplicatePrompts),
    String(report.truncated),
    summary?.losses[id]?.mean?.toFixed(4) ?? '',
  ]);
  const header = [
    'dataset',
    'files',
    'prompt',
    'response',
    'rows',
    'matched',
    'sampled',
    'duplicates',
    'truncated',
  ];
  return columns([...header, 'mean NLL'], rows);
}

function answerTable(answers: NonNullable<Summary['answers']>): string {
  const rows = Object.entries(answers).map(
    ([id, { judge, asked, refused, labels, dropped, kept, truncated }]) => [
      id,
      judge,
      String(asked),
      asked > 0 ? `${((100 * refused) / asked).toFixed(1)}%` : '',
      ...[refused, labels.comply, labels.partial, labels.broken, dropped, kept, truncated].map(String),
    ],
  );
  const header = ['answers of the model', 'judge', 'asked', 'refusal rate', 'refused', 'complied', 'partly'];
  return columns([...header, 'broken', 'dropped', 'kept', 'truncated'], rows);
}

/** method/dataset -> first and last layer of the intervals; they are in no other file than the region's. */
async function readIntervals(run: RunDirectory, summary: Summary | null): Promise<Map<string, string>> {
  const intervals = new Map<string, string>();
  for (const { method, dataset, unit } of summary?.regions ?? []) {
    if (unit !== 'layer') continue;
    const file = await RegionFile.open(run.file('regions', method, `${dataset}.safetensors`));
    try {
      intervals.set(`${method}/${dataset}`, (await file.interval())?.join('-') ?? 'none');
    } finally {
      await file.close();
    }
  }
  return intervals;
}

function regionTable({ regions }: Summary, intervals: ReadonlyMap<string, string>): string {
  const rows = regions.map((region) => {
    const id = `${region.method}/${region.dataset}`;
    return [
      id,
      region.role,
      region.scope ?? '-',
      region.requestedFraction === null ? '-' : String(region.requestedFraction),
      region.density.toFixed(6),
      String(region.size),
      String(region.universe),
      `${region.unit}s`,
      region.prompts === null ? '-' : String(region.prompts),
      ...(intervals.size > 0 ? [intervals.get(id) ?? '-'] : []),
    ];
  });
  const header = ['region', 'role', 'scope', 'requested', 'density', 'size', 'of', 'units', 'prompts'];
  return columns(intervals.size > 0 ? [...header, 'layers'] : header, rows);
}

/** Of each method, settings a line each: once where all its regions share them, else by region. */
function settingTables({ regions }: Summary): string[] {
  const methods = [...new Set(regions.map(({ method }) => method))];
  const rows = methods.flatMap((method) => {
    const own = regions.filter((region) => region.method === method);
    const keys = [...new Set(own.flatMap(({ settings }) => Object.keys(settings)))];
    return keys.flatMap((key) => {
      const texts = own.map(({ settings }) => valueText(settings[key]));
      return new Set(texts).size === 1
        ? [[method, key, texts[0] ?? '']]
        : own.map(({ dataset }, i) => [`${method}/${dataset}`, key, texts[i] ?? '']);
    });
  });
  return rows.length > 0 ? [columns(['settings of', 'setting', 'value'], rows)] : [];
}

/** What was left to the program; elements of one list that agree share a line. */
function defaultTable(defaults: Readonly<Record<string, unknown>>): string {
  const grouped = new Map<string, Set<string>>();
  for (const [path, value] of Object.entries(defaults)) {
    const key = path.replace(/^datasets\[\d+\]/, 'datasets[*]');
    const known = grouped.get(key) ?? new Set<string>();
    grouped.set(key, known.add(valueText(value)));
  }
  const shared = [...grouped].filter(([, values]) => values.size === 1);
  const apart = Object.entries(defaults).filter(
    ([path]) => (grouped.get(path.replace(/^datasets\[\d+\]/, 'datasets[*]'))?.size ?? 0) > 1,
  );
  const rows = [
    ...shared.map(([path, values]) => [path, ...values]),
    ...apart.map(([path, value]) => [path, valueText(value)]),
  ];
  return columns(['left to the program', 'value'], rows);
}

function valueText(value: unknown): string {
  if (value === undefined) return '-';
  return typeof value === 'string' ? value : JSON.stringify(value);
}

const list = (record: Readonly<Record<string, unknown>>): string =>
  Object.entries(record)
    .map(([key, value]) => {
      const text = typeof value === 'number' ? String(Math.round(value * 100) / 100) : value;
      return `${key} ${typeof text === 'string' ? text : JSON.stringify(text)}`;
    })
    .join(', ');
