import { CheckedConfig } from '../../../core/model/checkedConfig';
import { inputError, type ToolError } from '../../../protocol/errors';
import { BoundedPatterns } from './boundedPatterns';

/** Eigenproblems of r x r numbers are solved for every adapted projection. */
export const MAX_RANK = 1024;

/** What adapter_config.json says of one linear map. */
export interface ModuleSettings {
  readonly rank: number;
  /** Multiplies (x A^T) B^T: alpha / r, or alpha / sqrt(r) with rank-stabilised LoRA. */
  readonly scale: number;
}

export interface AdapterConfig {
  readonly file: string;
  /** Settings of each module that is adapted, by module path such as `model.layers.0.self_attn.q_proj`. */
  readonly modules: ReadonlyMap<string, ModuleSettings>;
}

/** Linear maps that the adapter could be on. */
export interface Candidate {
  readonly name: string;
  /** null outside the layers, as for lm_head. */
  readonly layer: number | null;
}

/**
 * Fields that change what is computed in ways that this tool does not know. A value on the list is as good as none.
 */
const MUST_BE_OFF: readonly (readonly [field: string, reason: string])[] = [
  ['use_dora', 'magnitude vectors (DoRA) are not supported'],
  ['use_qalora', 'pooled inputs (QALoRA) are not supported'],
  ['lora_bias', 'a bias of the adapter is not supported'],
  ['fan_in_fan_out', 'transposed weights are not supported'],
  ['modules_to_save', 'whole modules beside the adapter are not supported'],
  ['trainable_token_indices', 'trained tokens are not supported'],
  ['target_parameters', 'adapters on bare parameters are not supported'],
  ['layer_replication', 'replicated layers are not supported'],
  ['alora_invocation_tokens', 'adapters that tokens switch on are not supported'],
  ['megatron_config', 'Megatron is not supported'],
  ['kasa_config', 'KaSA is not supported'],
  ['monteclora_config', 'MonteCLoRA is not supported'],
  ['arrow_config', 'routed adapters (Arrow) are not supported'],
  ['use_bdlora', 'block-diagonal matrices (BD-LoRA) are not supported'],
];
/** These take the adapter's first value out of the base model's weights: the base would have to be changed too. */
const CHANGES_BASE = /^(pissa|olora|corda|loftq|lora_ga)/i;

/**
 * Checks adapter_config.json (PEFT's LoraConfig) against the linear maps of a model.
 * @throws ToolError adapter-invalid, adapter-unsupported, each naming file and field
 */
export function readAdapterConfig(
  value: unknown,
  file: string,
  candidates: readonly Candidate[],
): AdapterConfig {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(file, '', 'is not a JSON object');
  }
  const fields = new AdapterFields(CheckedConfig.of(value, file), value as Record<string, unknown>, file);
  fields.refuseOthers();
  const rank = fields.rank('r', fields.raw('r'));
  const alpha = fields.alpha('lora_alpha', fields.raw('lora_alpha'));
  const ranks = fields.pattern('rank_pattern', (field, entry) => fields.rank(field, entry));
  const alphas = fields.pattern('alpha_pattern', (field, entry) => fields.alpha(field, entry));
  const stabilised = fields.raw('use_rslora') === true;
  const names = fields.targets(candidates);
  const rankOf = fields.byPattern('rank_pattern', ranks, names);
  const alphaOf = fields.byPattern('alpha_pattern', alphas, names);
  const modules = new Map<string, ModuleSettings>();
  for (const [index, name] of names.entries()) {
    const own = rankOf[index] ?? rank;
    modules.set(name, {
      rank: own,
      scale: (alphaOf[index] ?? alpha) / (stabilised ? Math.sqrt(own) : own),
    });
  }
  return { file, modules };
}

class AdapterFields {
  private readonly patterns = new BoundedPatterns();

  constructor(
    private readonly config: CheckedConfig,
    private readonly fields: Readonly<Record<string, unknown>>,
    private readonly file: string,
  ) {}

  raw(field: string): unknown {
    return this.config.has(field) ? this.fields[field] : undefined;
  }

  refuseOthers(): void {
    const type = this.raw('peft_type');
    if (type !== 'LORA') {
      throw type === undefined
        ? invalid(this.file, 'peft_type', 'is missing')
        : unsupported(this.file, 'peft_type', type, 'LORA is');
    }
    const task = this.raw('task_type');
    if (task !== undefined && task !== 'CAUSAL_LM')
      throw unsupported(this.file, 'task_type', task, 'CAUSAL_LM is');
    for (const field of ['use_rslora', 'use_dora', 'fan_in_fan_out']) {
      const flag = this.raw(field);
      if (flag !== undefined && typeof flag !== 'boolean')
        throw invalid(this.file, field, 'is not true or false');
    }
    for (const [field, reason] of MUST_BE_OFF) {
      const setting = this.raw(field);
      const empty = Array.isArray(setting) && setting.length === 0;
      if (setting !== undefined && setting !== false && !empty)
        throw unsupported(this.file, field, setting, reason);
    }
    const bias = this.raw('bias');
    if (bias !== undefined && bias !== 'none') {
      throw unsupported(this.file, 'bias', bias, "trained biases are not supported, only 'none'");
    }
    const start = this.raw('init_lora_weights');
    if (typeof start === 'string' && CHANGES_BASE.test(start)) {
      throw unsupported(this.file, 'init_lora_weights', start, 'it changes the weights of the base model');
    }
    const named = this.raw('layers_pattern');
    const usual = named === 'layers' || (Array.isArray(named) && named.every((name) => name === 'layers'));
    if (named !== undefined && !usual) throw unsupported(this.file, 'layers_pattern', named, "'layers' is");
  }

  rank(field: string, value: unknown): number {
    if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
      throw invalid(this.file, field, 'is not a whole number from 1 on');
    }
    if (value <= MAX_RANK) return value;
    throw unsupported(this.file, field, value, `ranks up to ${MAX_RANK} are supported`);
  }

  alpha(field: string, value: unknown): number {
    if (typeof value === 'number' && Number.isFinite(Math.fround(value))) return value;
    throw invalid(this.file, field, 'is not a number');
  }

  pattern(field: string, read: (field: string, value: unknown) => number): [string, number][] {
    const value = this.raw(field);
    if (value === undefined) return [];
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw invalid(this.file, field, 'is not an object');
    }
    return Object.entries(value).map(([key, entry]) => [key, read(`${field}.${key}`, entry)]);
  }

  /** For each name the value of the first key that ends it, as PEFT's get_pattern_key finds it. */
  byPattern(
    field: string,
    entries: readonly [string, number][],
    names: readonly string[],
  ): (number | undefined)[] {
    const found: (number | undefined)[] = names.map(() => undefined);
    for (const [key, value] of entries) {
      const hits = this.matches(field, `(?:.*\\.)?(?:${key})`, names);
      for (const [index, hit] of hits.entries()) if (hit) found[index] ??= value;
    }
    return found;
  }

  /** Names of the modules that are adapted. */
  targets(candidates: readonly Candidate[]): string[] {
    const targets = this.targeted('target_modules', candidates);
    const excluded =
      this.raw('exclude_modules') === undefined ? [] : this.targeted('exclude_modules', candidates);
    const layers = this.layers();
    const chosen = candidates.filter(
      (candidate, index) =>
        targets[index] === true &&
        excluded[index] !== true &&
        (layers === null || (candidate.layer !== null && layers.has(candidate.layer))),
    );
    const outside = chosen.find(({ layer }) => layer === null);
    if (outside)
      throw unsupported(this.file, 'target_modules', outside.name, 'only projections of decoder layers are');
    if (chosen.length === 0) throw invalid(this.file, 'target_modules', 'names no linear map of the model');
    return chosen.map(({ name }) => name);
  }

  private targeted(field: string, candidates: readonly Candidate[]): boolean[] {
    const value = this.raw(field);
    if (typeof value === 'string') {
      if (field === 'target_modules' && value.toLowerCase() === 'all-linear') {
        return candidates.map(({ layer }) => layer !== null);
      }
      return this.matches(
        field,
        value,
        candidates.map(({ name }) => name),
      );
    }
    const list: readonly unknown[] = Array.isArray(value) ? value : [null];
    const suffixes = list.filter((entry) => typeof entry === 'string');
    if (suffixes.length !== list.length)
      throw invalid(this.file, field, 'is not a string or a list of strings');
    return candidates.map(({ name }) =>
      suffixes.some((suffix) => name === suffix || name.endsWith(`.${suffix}`)),
    );
  }

  private layers(): ReadonlySet<number> | null {
    const value = this.raw('layers_to_transform');
    if (value === undefined) return null;
    const list: readonly unknown[] = Array.isArray(value) ? value : [value];
    if (list.length > 0 && list.every((layer): layer is number => Number.isInteger(layer)))
      return new Set(list);
    throw invalid(this.file, 'layers_to_transform', 'is not a layer or a list of layers');
  }

  private matches(field: string, pattern: string, names: readonly string[]): boolean[] {
    try {
      return this.patterns.match(pattern, names);
    } catch (thrown) {
      const reason = thrown instanceof Error ? thrown.message : String(thrown);
      throw invalid(this.file, field, `is not a usable regular expression: ${reason}`);
    }
  }
}

const invalid = (file: string, field: string, what: string): ToolError =>
  inputError(
    'adapter-invalid',
    `${file}: ${field}${field === '' ? '' : ' '}${what}.`,
    'Use the adapter_config.json that PEFT wrote with the adapter.',
  );

const unsupported = (file: string, field: string, value: unknown, reason: string): ToolError =>
  inputError(
    'adapter-unsupported',
    `${file}: ${field} is ${JSON.stringify(value).slice(0, 100)}: ${reason}.`,
    'Use a plain LoRA adapter on the projections of the decoder layers.',
  );
