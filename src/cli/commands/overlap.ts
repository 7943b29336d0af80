import path from 'node:path';
import { usageError } from '../../protocol/errors';
import type { Command } from '../io';
import { overlapText, type OverlapFormat } from '../overlapText';
import { parseCommandLine } from '../parseCommandLine';

const FORMATS = ['json', 'csv', 'latex', 'markdown'] as const satisfies readonly OverlapFormat[];

export const overlap: Command = {
  name: 'overlap',
  help: `safety-region overlap RUN_DIR... [--method M] [--order ID,ID,...] [--heads]
                      [--json | --csv | --latex | --markdown]
Compares the regions of one run, or of several runs of one model: IoU by pairs and n-way, with random floors; and,
where there are several methods, the regions of each dataset by all of them, in weights.

  --order   all regions, in the order in which the n-way measures add them (and, from the end, the backward ones)
  --heads   by attention head as well; --json always has them`,

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
        markdown: { type: 'boolean' },
      },
    });
    if (positionals.length === 0) {
      throw usageError('usage', 'RUN_DIR is missing.', 'See: safety-region overlap --help');
    }
    const [format, second] = FORMATS.filter((name) => values[name]);
    if (second)
      throw usageError('usage', `--${format ?? ''} and --${second} exclude each other.`, 'Keep one of them.');

    const controller = new AbortController();
    const stopListening = io.onInterrupt(() => controller.abort());
    try {
      const text = await overlapText(
        positionals.map((directory) => path.resolve(io.cwd, directory)),
        format ?? 'text',
        {
          ...(values.method === undefined ? {} : { method: values.method }),
          ...(values.order === undefined ? {} : { order: values.order.split(',').map((id) => id.trim()) }),
          heads: values.heads === true || format === 'json',
          crossMethod: true,
          signal: controller.signal,
        },
      );
      io.stdout.write(text.endsWith('\n') ? text : `${text}\n`);
    } finally {
      stopListening();
    }
  },
};
