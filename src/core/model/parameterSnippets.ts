import type { NeuronPlace } from '../masks/neuronPlaces';

/** Python texts about one parameter of a region, as docs/python.md explains them: its check runs the same text. */
export interface NamedParameter {
  /** As region files and exported masks have it. */
  readonly name: string;
  /** Rows [from, to) of a fused matrix; null for all of it. */
  readonly rows: readonly [from: number, to: number] | null;
}

/** A stored region: what `export --region` names. */
export interface StoredRegion {
  readonly runDir: string;
  readonly method: string;
  readonly dataset: string;
}

/** `model.get_parameter("...")`, with the rows of a canonical module in a fused matrix. */
export function selectionLine({ name, rows }: NamedParameter): string {
  const all = `model.get_parameter(${literal(nameInModel(name))})`;
  return rows ? `${all}[${rows[0]}:${rows[1]}]` : all;
}

/** One row or column of a matrix, as neurons are. */
export function neuronLine({ name, axis, index }: NeuronPlace): string {
  return `${selectionLine({ name, rows: null })}[${axis === 'row' ? index : `:, ${index}`}]`;
}

/**
 * Puts the region's values in one parameter back after every step of `optimizer`: zeroed gradients do not freeze.
 * @param keep regions whose common units are meant, at least one, outside those of `without`
 */
export function freezeSnippet(
  { name, rows }: NamedParameter,
  { keep, without }: { readonly keep: readonly StoredRegion[]; readonly without: readonly StoredRegion[] },
): string {
  const regions = [...keep, ...without];
  const files = regions.map((_, i) => `mask${regions.length === 1 ? '' : i}.safetensors`);
  const masks = files.map((file, i) => `${i < keep.length ? '' : '~'}mask_of(${literal(file)})`);
  const exports = regions.map(
    ({ runDir, method, dataset }, i) =>
      `# safety-region export ${shellWord(runDir)} --region ${shellWord(`${method}/${dataset}`)} --format safetensors --out ${files[i] ?? ''}`,
  );
  return `${exports.join('\n')}
import torch
from safetensors import safe_open


def mask_of(file):
    with safe_open(file, "pt") as masks:
        return masks.get_tensor(${literal(name)})


parameter = model.get_parameter(${literal(nameInModel(name))})
mask = ${masks.join(' & ')}
${rows ? `mask[:${rows[0]}] = mask[${rows[1]}:] = False\n` : ''}where = mask.flatten().nonzero().squeeze(1).to(parameter.device)
values = parameter.detach().flatten()[where].clone()


@torch.no_grad()
def restore(*_):
    parameter.view(-1)[where] = values


optimizer.register_step_post_hook(restore)
`;
}

/** PEFT stores an adapter without its name, and calls the one that it loads first `default`. */
const nameInModel = (name: string): string => name.replace(/\.(lora_[AB])\.weight$/, '.$1.default.weight');

/** A Python string: names come from files, so that nothing but plain ASCII stands in it unescaped. */
const literal = (text: string): string =>
  JSON.stringify(text).replace(/[^ -~]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff
      ? `\\U${code.toString(16).padStart(8, '0')}`
      : `\\u${code.toString(16).padStart(4, '0')}`;
  });

/** A word for a POSIX shell, on one line: it stands in a comment. */
function shellWord(text: string): string {
  const line = text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');
  return /^[\w@%+=:,./-]+$/.test(line) ? line : `'${line.replaceAll("'", `'\\''`)}'`;
}
