import path from 'node:path';
import { ToolError, usageError } from '../../protocol/errors';
import type { Command } from '../io';
import { overlapHtml } from '../overlapHtml';
import { outputFile } from '../outputFile';
import { overlapText, type OverlapFormat } from '../overlapText';
import { parseCommandLine } from '../parseCommandLine';

const FORMATS = ['json', 'csv', 'latex', 'markdown'] as const satisfies readonly OverlapFormat[];

export const overlap: Command = {
  name: 'overlap',
  help: `safety-region overlap RUN_DIR... [--method M] [--order ID,ID,...] [--heads]
                      [--across-models] [--json | --csv | --latex | --markdown | --html FILE]
Compares the regions of one run, or of several runs of one model: IoU by pairs and n-way, with random floors; and,
where there are several methods, the regions of each dataset by all of them, in weights.

  --order   all regions, in the order in which the n-way measures add them (and, from the end, the backward ones)
  --heads   by attention head as well; --json and --html always have them
  --across-models  runs of different models too, such as a base model's and a chat model's: shapes must agree
  --html    a report with figures and every choice that was made, in one file that needs nothing else`,

  async run(args, io) {
    const { values, positionals } = parseCommandLine('overlap', {
      args,
      allowPositionals: true,
      options: {
        method: { type: 'string' },
        order: { type: 'string' },
        heads: { type: 'boolean' },
        json: { type: 'boolean' },
        csv: { type: 'boolean' },
        latex: { type: 'boolean' },
        html: { type: 'string' },
        'across-models': { type: 'boolean' },
        markdown: { type: 'boolean' },
      },
    });
    if (positionals.length === 0) {
      throw usageError('usage', 'RUN_DIR is missing.', 'See overlap --help.');
    }
    const [format, second] = [...FORMATS, 'html' as const].filter((name) => values[name] !== undefined);
    if (second)
      throw usageError('usage', `--${format ?? ''} and --${second} exclude each other.`, 'Keep one of them.');

    const controller = new AbortController();
    const stopListening = io.onInterrupt(() => controller.abort());
    try {
      const runs = positionals.map((directory) => path.resolve(io.cwd, directory));
      const options = {
        ...(values.method === undefined ? {} : { method: values.method }),
        ...(values.order === undefined ? {} : { order: values.order.split(',').map((id) => id.trim()) }),
        heads: values.heads === true || format === 'json' || format === 'html',
        crossMethod: true,
        acrossModels: values['across-models'] === true,
        signal: controller.signal,
      };
      if (values.html !== undefined) {
        const file = await outputFile(io, { option: 'html', value: values.html, example: 'overlap.html' });
        await overlapHtml(runs, file, options);
        io.stdout.write(`${file}\n`);
        return;
      }
      const text = await overlapText(runs, format === 'html' ? 'text' : (format ?? 'text'), options);
      io.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    } catch (error) {
      if (ToolError.from(error).kind !== 'cancelled') throw error;
      throw new ToolError('cancelled', 'cancelled', 'Cancelled.', 'Nothing was changed: run it again.');
    } finally {
      stopListening();
    }
  },
};
