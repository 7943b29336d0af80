/** reports/similarity.json: by a sentence encoder before the pass, else by the studied model's middle layer after it. */
import { createHash } from 'node:crypto';
import path from 'node:path';
import { centroid, cosineMatrix, normalisedPrompt, promptOverlap } from '../../core/similarity/centroids';
import type { SimilarDataset, SimilarityFile, SimilaritySource } from '../../core/similarity/similarityFile';
import type { Experiment, ExperimentDataset } from '../../core/run/experiment';
import type { PreparedDataset } from '../../core/run/sample';
import { writeFileAtomic } from '../../store/atomicFile';
import type { RunDirectory } from '../../store/runDirectory';
import { readSimilarity, similarityPath } from '../../store/similarityFile';
import { loadTokenizer, type TextTokenizer } from '../formats/tokenizer';
import { openFeeding } from '../prepare/prepareDatasets';
import type { EngineContext } from '../run/identify';
import type { RunFiles } from '../run/runFiles';
import type { RunInputs } from '../run/runInputs';
import type { PassGroup } from '../stream/passPlan';
import { encoderBytes } from './encoderFiles';
import { middleLayer, readMiddleLayer } from './middleLayer';
import { checkEncoderDirectory, openEncoder } from './openEncoder';
import { promptTexts } from './promptTexts';

type Step = Pick<RunInputs, 'experiment' | 'experimentFile' | 'model' | 'datasets'>;

/** Digits of a prompt's hash that are kept: 64 bits tell a million prompts apart. */
const HASH_DIGITS = 16;
const TELL_EVERY = 256;

/** What is wrong with the encoder shows before a run is begun. @throws those of `openEncoder` */
export async function checkEncoder(step: Pick<Step, 'experiment' | 'experimentFile'>): Promise<void> {
  const directory = encoderDirectory(step);
  if (directory !== null) await checkEncoderDirectory(directory);
}

/** What the encoder's weights take; it is gone before the pass. */
export async function similarityBytes(step: Pick<Step, 'experiment' | 'experimentFile'>): Promise<number> {
  const directory = encoderDirectory(step);
  return directory === null ? 0 : encoderBytes(directory);
}

/**
 * Where the experiment names an encoder. Does nothing in a run that has the report already.
 * @returns its share of the summary's timings
 */
export async function similarityByEncoder(
  run: RunDirectory,
  step: Step,
  context: EngineContext,
): Promise<Readonly<Record<string, number>>> {
  const directory = encoderDirectory(step);
  if (directory === null || (await readSimilarity(run)) !== null) return {};
  const startedAt = performance.now();
  const { experiment, experimentFile, model } = step;
  const { signal } = context;
  const tell = (message: string): void => context.emit('log', { level: 'info', message });
  const encoder = await openEncoder(directory, run.manifest.threads);
  try {
    const options = { baseDir: path.dirname(experimentFile), modelDirectory: model.directory, signal };
    const feeding = await openFeeding(experiment, options);
    const total = step.datasets.reduce((sum, { samples }) => sum + samples.length, 0);
    tell(`Embedding ${total} prompts with ${encoder.source.name}.`);
    let done = 0;
    let told = 0;
    const found: SimilarDataset[] = [];
    for (const dataset of step.datasets) {
      const texts = await promptTexts(settingsOf(experiment, dataset.id), dataset, feeding);
      const onProgress = (finished: number): void => {
        if (done + finished < told + TELL_EVERY) return;
        told = done + finished;
        tell(`Embedded ${told} of ${total} prompts.`);
      };
      const { embeddings, cut } = await encoder.embed(texts, { signal, onProgress });
      done += texts.length;
      const facts = { experiment, tokenizer: feeding.tokenizer };
      found.push(similarDataset(dataset, embeddings, cut.filter(Boolean).length, facts));
    }
    await writeSimilarity(run, encoder.source, found);
  } finally {
    await encoder.close();
  }
  return { similarity: (performance.now() - startedAt) / 1000 };
}

/** Where no encoder is named, and the shared pass has gone through the middle layer. */
export async function similarityByModel(
  run: RunDirectory,
  step: Step,
  groups: readonly PassGroup[],
  files: RunFiles,
): Promise<void> {
  const { experiment, model } = step;
  if (encoderDirectory(step) !== null) return;
  const embeddings = new Map<string, Float32Array[]>();
  for (const [index, group] of groups.entries()) {
    const own = await readMiddleLayer(files.group(index), group, model.spec.hiddenSize);
    if (own === null) return;
    for (const [id, list] of own) embeddings.set(id, list);
  }
  const tokenizer = await loadTokenizer(model.directory);
  const found = step.datasets.map((dataset) =>
    similarDataset(dataset, embeddings.get(dataset.id) ?? [], 0, { experiment, tokenizer }),
  );
  const source: SimilaritySource = {
    kind: 'model',
    name: run.manifest.model.reference,
    layer: middleLayer(model.spec),
    layers: model.spec.layers,
    pooling: 'mean',
    files: run.manifest.model.files,
  };
  await writeSimilarity(run, source, found);
}

function similarDataset(
  { id, role, samples }: PreparedDataset,
  embeddings: readonly Float32Array[],
  cut: number,
  { experiment, tokenizer }: { readonly experiment: Experiment; readonly tokenizer: TextTokenizer },
): SimilarDataset {
  const mean = (count: (sample: PreparedDataset['samples'][number]) => number): number =>
    samples.reduce((sum, sample) => sum + count(sample), 0) / samples.length;
  // All sets have one template: prompts are equal where what was fed is. Texts of a stored run may be gone.
  const hashes = samples.map(({ tokenIds, responseStart }) =>
    createHash('sha256')
      .update(
        normalisedPrompt(tokenizer.decode(tokenIds.slice(0, responseStart), { skipSpecialTokens: false })),
      )
      .digest('hex')
      .slice(0, HASH_DIGITS),
  );
  return {
    id,
    role,
    kind: settingsOf(experiment, id).kind ?? null,
    samples: samples.length,
    cut,
    promptTokens: mean(({ responseStart }) => responseStart),
    responseTokens: mean(({ tokenIds, responseStart }) => tokenIds.length - responseStart),
    centroid: Array.from(centroid(embeddings), Math.fround),
    promptHashes: hashes.sort(),
  };
}

async function writeSimilarity(
  run: RunDirectory,
  source: SimilaritySource,
  datasets: readonly SimilarDataset[],
): Promise<void> {
  const content: SimilarityFile = {
    schemaVersion: 1,
    source,
    datasets: [...datasets],
    cosine: cosineMatrix(datasets.map((dataset) => dataset.centroid)),
    promptOverlap: promptOverlap(datasets.map(({ promptHashes }) => promptHashes)),
  };
  await writeFileAtomic(similarityPath(run), `${JSON.stringify(content)}\n`);
}

function settingsOf({ datasets, utility }: Experiment, id: string): ExperimentDataset {
  const found = [...datasets, ...(utility ? [utility] : [])].find((dataset) => dataset.id === id);
  if (!found) throw new Error(`the experiment has no dataset '${id}'`);
  return found;
}

const encoderDirectory = ({
  experiment,
  experimentFile,
}: Pick<Step, 'experiment' | 'experimentFile'>): string | null =>
  experiment.similarity.encoder === null
    ? null
    : path.resolve(path.dirname(experimentFile), experiment.similarity.encoder);
