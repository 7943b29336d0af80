import { shown } from '../../../core/formats/jsonScanner';
import {
  layerParam,
  type DecoderSpec,
  type LinearGroupName,
  type LinearMember,
} from '../../../core/model/decoderSpec';
import { inputError, type ToolError } from '../../../protocol/errors';
import { sha256File } from '../../../store/checksums';
import { openSafetensors, type SafetensorsFile } from '../../../store/safetensorsFile';
import { readJson, type ModelFile } from '../../../store/models/modelFiles';
import { ModelWeights } from '../modelWeights';
import { readAdapterConfig, type Candidate } from './adapterConfig';
import { adapterFile, CONFIG_FILE, locateAdapter, WEIGHTS_FILE } from './locateAdapter';

const MAX_CONFIG_BYTES = 10_000_000;
const PREFIX = 'base_model.model.';

/** One adapted projection: y = x W^T + scale (x A^T) B^T. */
export interface AdapterModule {
  readonly layer: number;
  readonly group: LinearGroupName;
  readonly member: LinearMember;
  /** Full Hugging Face name of the weight that is adapted. */
  readonly param: string;
  /** Names by PEFT's convention, `base_model.model.<module>.lora_A.weight`: (rank, inFeatures). */
  readonly aName: string;
  /** (rows, rank) */
  readonly bName: string;
  readonly inFeatures: number;
  readonly rows: number;
  readonly rank: number;
  readonly scale: number;
}

/** A checked LoRA adapter; its weights are read from the file by ranges. */
export interface PeftAdapter {
  /** As it was given. */
  readonly reference: string;
  /** Absolute. */
  readonly directory: string;
  readonly files: readonly ModelFile[];
  /** In the order of the layers and of the forward pass. */
  readonly modules: readonly AdapterModule[];
  /** The caller closes it. */
  openWeights(): Promise<AdapterWeights>;
  /** SHA-256 of every one of `files`, hexadecimal, by name. */
  sha256(): Promise<Record<string, string>>;
}

export interface AdapterWeights {
  /** Both matrices of a module in float32. @throws ToolError adapter-not-finite */
  read(module: AdapterModule): Promise<{ readonly a: Float32Array; readonly b: Float32Array }>;
  close(): Promise<void>;
}

/**
 * Opens a PEFT directory and checks that it adapts what its config says, with matrices of the model's sizes.
 * @throws ToolError adapter-not-found, adapter-file-missing, adapter-file-outside, adapter-invalid,
 *   adapter-unsupported, adapter-tensor-missing, adapter-tensor-unknown, adapter-shape, adapter-dtype, and the codes
 *   of `openSafetensors`
 */
export async function openAdapter(
  reference: string,
  baseDir: string,
  { embeddedRoot, spec }: { readonly embeddedRoot: string; readonly spec: DecoderSpec },
): Promise<PeftAdapter> {
  const location = await locateAdapter(reference, baseDir, embeddedRoot);
  const configFile = await adapterFile(location, CONFIG_FILE);
  const weightsFile = await adapterFile(location, WEIGHTS_FILE);
  const mend = 'Download or save the adapter again.';
  const content = await readJson(configFile, MAX_CONFIG_BYTES, 'adapter-invalid', mend);
  const config = readAdapterConfig(content, configFile.path, candidatesOf(spec));
  const modules = projections(spec).flatMap((projection) => {
    const settings = config.modules.get(projection.moduleName);
    return settings ? [moduleOf(projection, settings)] : [];
  });
  const weights = await openSafetensors(weightsFile.path);
  let stored: ReadonlyMap<string, string>;
  try {
    stored = checkTensors(weights, modules, config.file);
  } finally {
    await weights.close();
  }
  const files = [configFile, weightsFile];
  return {
    reference,
    directory: location.directory,
    files,
    modules,
    openWeights: () => openWeights(weightsFile, stored),
    sha256: () => hashFiles(files),
  };
}

interface Projection {
  readonly moduleName: string;
  readonly layer: number;
  readonly group: LinearGroupName;
  readonly member: LinearMember;
  readonly inFeatures: number;
  readonly param: string;
}

function projections(spec: DecoderSpec): Projection[] {
  return Array.from({ length: spec.layers }, (_, layer) =>
    spec.groups.flatMap(({ name, inFeatures, members }) =>
      members.map((member) => {
        const param = layerParam(spec, layer, member.param);
        return { moduleName: moduleOfParam(param), layer, group: name, member, inFeatures, param };
      }),
    ),
  ).flat();
}

const moduleOfParam = (param: string): string => param.replace(/\.weight$/, '');

/** All that PEFT could put LoRA on: naming the embedding or the head must be an error, not be passed over. */
function candidatesOf(spec: DecoderSpec): Candidate[] {
  const outside = [...new Set([spec.embedding, spec.head, 'lm_head.weight'])];
  return [
    ...projections(spec).map(({ moduleName, layer }) => ({ name: moduleName, layer })),
    ...outside.map((param) => ({ name: moduleOfParam(param), layer: null })),
  ];
}

function moduleOf(
  { moduleName, layer, group, member, inFeatures, param }: Projection,
  { rank, scale }: { readonly rank: number; readonly scale: number },
): AdapterModule {
  return {
    layer,
    group,
    member,
    param,
    aName: `${PREFIX}${moduleName}.lora_A.weight`,
    bName: `${PREFIX}${moduleName}.lora_B.weight`,
    inFeatures,
    rows: member.rows,
    rank,
    scale,
  };
}

/** Name by PEFT's convention -> name in the file: some writers leave the adapter's name (`default`) in. */
function checkTensors(
  file: SafetensorsFile,
  modules: readonly AdapterModule[],
  configFile: string,
): ReadonlyMap<string, string> {
  const stored = new Map<string, string>();
  for (const name of file.tensors.keys()) {
    const plain = name.replace(/\.(lora_[AB])\.default\.weight$/, '.$1.weight');
    if (stored.has(plain))
      throw tensorError('unknown', file, name, `is there twice, as ${stored.get(plain) ?? ''} too`);
    stored.set(plain, name);
  }
  for (const { aName, bName, rank, inFeatures, rows } of modules) {
    checkTensor(file, stored, aName, [rank, inFeatures], configFile);
    checkTensor(file, stored, bName, [rows, rank], configFile);
  }
  const wanted = new Set(modules.flatMap(({ aName, bName }) => [aName, bName]));
  for (const [plain, name] of stored) {
    if (wanted.has(plain)) continue;
    throw tensorError(
      'unknown',
      file,
      name,
      `is no LoRA matrix of a module that ${configFile} targets in this model`,
    );
  }
  return stored;
}

function checkTensor(
  file: SafetensorsFile,
  stored: ReadonlyMap<string, string>,
  name: string,
  shape: readonly number[],
  configFile: string,
): void {
  const own = stored.get(name);
  if (own === undefined)
    throw tensorError('missing', file, name, `is missing: ${configFile} targets its module`);
  const found = file.tensor(own);
  if (found.dtype !== 'F32' && found.dtype !== 'F16' && found.dtype !== 'BF16') {
    throw inputError(
      'adapter-dtype',
      `${file.path}: ${shown(own)} is ${found.dtype}; adapters are read as F32, F16 or BF16.`,
      'Save the adapter in one of these.',
    );
  }
  if (found.shape.length === 2 && shape.every((size, axis) => size === found.shape[axis])) return;
  throw inputError(
    'adapter-shape',
    `${file.path}: ${shown(own)} has the shape [${found.shape.join(', ')}], the model and r in ${configFile} ask for ` +
      `[${shape.join(', ')}].`,
    'Use an adapter of this model, with the adapter_config.json that came with it.',
  );
}

const tensorError = (
  what: 'missing' | 'unknown',
  file: SafetensorsFile,
  name: string,
  reason: string,
): ToolError =>
  inputError(
    `adapter-tensor-${what}`,
    `${file.path}: the tensor ${shown(name)} ${reason}.`,
    'Use an adapter of this model, with the adapter_config.json that came with it.',
  );

async function openWeights(file: ModelFile, stored: ReadonlyMap<string, string>): Promise<AdapterWeights> {
  const weights = await ModelWeights.open({ config: null, files: [file], weights: [file], shardOf: null });
  const matrix = async (plain: string, length: number): Promise<Float32Array> => {
    const values = new Float32Array(length);
    await weights.readFloat32(stored.get(plain) ?? plain, values);
    if (values.every((value) => Number.isFinite(value))) return values;
    throw inputError(
      'adapter-not-finite',
      `${file.path}: ${shown(plain)} has an infinite value or NaN.`,
      'Train or save the adapter again.',
    );
  };
  return {
    read: async ({ aName, bName, rank, inFeatures, rows }) => ({
      a: await matrix(aName, rank * inFeatures),
      b: await matrix(bName, rows * rank),
    }),
    close: () => weights.close(),
  };
}

async function hashFiles(files: readonly ModelFile[]): Promise<Record<string, string>> {
  const digests: Record<string, string> = {};
  for (const { name, path } of files) digests[name] = await sha256File(path);
  return digests;
}
