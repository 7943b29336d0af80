import path from 'node:path';
import { usageError } from '../../protocol/errors';
import { ensureFolder } from '../../store/atomicFile';
import { checkExportFormat, exportRunRegion, EXPORT_FORMATS } from '../../store/exportRegion';
import { openRun } from '../../store/runDirectory';
import type { Command } from '../io';
import { outputFile } from '../outputFile';
import { onlyPositional, parseCommandLine } from '../parseCommandLine';

export const exportCommand: Command = {
  name: 'export',
  help: `safety-region export RUN_DIR --region METHOD/ID --format ${EXPORT_FORMATS.join('|')} --out FILE
Writes one region for other programs; neurons and layers as the weights that they are made of.

  safetensors   one BOOL tensor of the full shape under each Hugging Face parameter name
  npz           the same as NumPy's bool arrays, compressed
  json          {"schemaVersion": 1, "parameters": {NAME: {"shape": [rows, columns],
                "indices": [row-major flat indices, ascending]}}}`,

  async run(args, io) {
    const { values, positionals } = parseCommandLine('export', {
      args,
      allowPositionals: true,
      options: { region: { type: 'string' }, format: { type: 'string' }, out: { type: 'string' } },
    });
    const directory = onlyPositional('export', 'RUN_DIR', positionals);
    const required = (name: 'region' | 'format' | 'out'): string => {
      const value = values[name];
      if (value === undefined) throw usageError('usage', `--${name} is missing.`, 'See export --help.');
      return value;
    };
    const [region, format, out] = [
      required('region'),
      checkExportFormat(required('format')),
      required('out'),
    ];

    const target = await outputFile(io, { option: 'out', value: out, example: `mask.${format}` });
    const run = await openRun(path.resolve(io.cwd, directory));
    await ensureFolder(path.dirname(target));
    await exportRunRegion(run, region, format, target);
    io.stdout.write(`${target}\n`);
  },
};
