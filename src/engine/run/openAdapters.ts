import type { DecoderSpec } from '../../core/model/decoderSpec';
import type { Experiment } from '../../core/run/experiment';
import type { Manifest } from '../../core/run/manifest';
import { openAdapter, type PeftAdapter } from '../formats/peft/peftAdapter';

/** The adapter of each dataset, utility included; one object for each adapter that is named. */
export async function openAdapters(
  { methods, adapter, datasets, utility }: Experiment,
  baseDir: string,
  options: { readonly embeddedRoot: string; readonly spec: DecoderSpec },
): Promise<ReadonlyMap<string, PeftAdapter>> {
  const ofDataset = new Map<string, PeftAdapter>();
  if (!methods.some(({ method }) => method === 'nlsr')) return ofDataset;
  const opened = new Map<string, PeftAdapter>();
  for (const dataset of [...datasets, ...(utility ? [utility] : [])]) {
    const reference = dataset.adapter ?? adapter;
    if (reference === undefined) continue;
    const own = opened.get(reference) ?? (await openAdapter(reference, baseDir, options));
    opened.set(reference, own);
    ofDataset.set(dataset.id, own);
  }
  return ofDataset;
}

/** What run.json says of them. */
export async function adapterFiles(
  adapters: ReadonlyMap<string, PeftAdapter>,
): Promise<NonNullable<Manifest['adapters']>> {
  return Promise.all(
    [...new Set(adapters.values())].map(async (adapter) => ({
      reference: adapter.reference,
      directory: adapter.directory,
      files: await adapter.sha256(),
    })),
  );
}
