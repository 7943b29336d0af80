import { rotationChangesAfter } from '../blocks/rotaryTables';
import { breathe } from '../stream/passContext';
import { prefillGraph } from './generateGraphs';
import type { GenerationContext } from './generationContext';
import type { HeldModel } from './heldModel';
import { pickTokens } from './pickTokens';

/** Padded lengths are multiples of this: fewer graph shapes, little padding. */
const LENGTH_STEP = 8;

export const paddedLength = (tokens: number): number => Math.ceil(tokens / LENGTH_STEP) * LENGTH_STEP;

/** A prompt and the cache slot that its keys and values go to. */
export interface Admission {
  readonly prompt: readonly number[];
  readonly slot: number;
}

interface PromptBatch {
  readonly admissions: readonly Admission[];
  readonly length: number;
  /** Hidden states [admissions, length, hidden], overwritten by every layer. */
  readonly x: Float32Array;
}

/**
 * All prompts through all layers, one layer at a time; their keys and values go to the cache. Prompts are padded on the
 * right, where the causal mask keeps real positions from seeing the padding. Returns the first token of each answer,
 * in the order of `admissions`.
 */
export async function prefill(
  context: GenerationContext,
  admissions: readonly Admission[],
): Promise<readonly number[]> {
  const { spec, held, layers, signal } = context;
  if (held) return prefillHeld({ ...context, held }, admissions);
  const batches = await embedPrompts(context, admissions);
  for (let layer = 0; layer < spec.layers; layer++) {
    const weights = await layers.feeds(layer);
    for (const batch of batches) {
      await runBatch(context, layer, batch, weights);
      await breathe(signal);
    }
  }
  const last = new Float32Array(admissions.length * spec.hiddenSize);
  const rowOf = new Map(admissions.map(({ slot }, row) => [slot, row]));
  for (const { admissions: members, length, x } of batches) {
    members.forEach(({ prompt, slot }, index) => {
      const begin = (index * length + prompt.length - 1) * spec.hiddenSize;
      last.set(x.subarray(begin, begin + spec.hiddenSize), (rowOf.get(slot) ?? 0) * spec.hiddenSize);
    });
  }
  return pickTokens(context, last, admissions.length);
}

/** Prompts for neighbouring slots go together; each is followed by padding up to the longest. */
async function prefillHeld(
  { spec, plan, held, head, signal }: GenerationContext & { readonly held: HeldModel },
  admissions: readonly Admission[],
): Promise<readonly number[]> {
  const waiting = [...admissions].sort((a, b) => a.slot - b.slot);
  const bySlot = new Map<number, number>();
  while (waiting.length > 0) {
    const members: Admission[] = [];
    let length = 0;
    for (const next of waiting) {
      const longest = Math.max(length, next.prompt.length);
      const isNeighbour = members.length === 0 || next.slot === (members.at(-1)?.slot ?? 0) + 1;
      if (!isNeighbour || (members.length > 0 && (members.length + 1) * longest > plan.prefillRows)) break;
      members.push(next);
      length = longest;
    }
    waiting.splice(0, members.length);
    const slot = members[0]?.slot ?? 0;
    const x = new Float32Array(members.length * length * spec.hiddenSize);
    await head.embed(
      members.flatMap(({ prompt }) => padded(prompt, length)),
      x,
    );
    const counts = members.map(({ prompt }) => prompt.length);
    const tokens = await held.next({ x, slot, starts: counts.map(() => 0), counts, length });
    members.forEach((member, index) => bySlot.set(member.slot, tokens[index] ?? 0));
    await breathe(signal);
  }
  return admissions.map(({ slot }) => bySlot.get(slot) ?? 0);
}

/** By its last token: 0 times padding is added, so it must be as finite as the text. */
const padded = (prompt: readonly number[], length: number): number[] =>
  Array.from({ length }, (_, at) => prompt[at] ?? prompt.at(-1) ?? 0);

async function embedPrompts(
  { spec, plan, head, signal }: GenerationContext,
  admissions: readonly Admission[],
): Promise<PromptBatch[]> {
  const order = [...admissions].sort((a, b) => b.prompt.length - a.prompt.length || a.slot - b.slot);
  const apartAfter = rotationChangesAfter(spec);
  const batches: PromptBatch[] = [];
  for (let start = 0; start < order.length;) {
    const length = paddedLength(order[start]?.prompt.length ?? 0);
    const near = order.slice(start, start + Math.max(1, Math.floor(plan.prefillRows / length)));
    const isLong = ({ prompt }: Admission): boolean => prompt.length > apartAfter;
    const members = near.filter((one) => isLong(one) === near.slice(0, 1).some(isLong));
    const x = new Float32Array(members.length * length * spec.hiddenSize);
    await head.embed(
      members.flatMap(({ prompt }) => padded(prompt, length)),
      x,
    );
    batches.push({ admissions: members, length, x });
    start += members.length;
    await breathe(signal);
  }
  return batches;
}

async function runBatch(
  { spec, cache, programs, positions, scratch }: GenerationContext,
  layer: number,
  { admissions, length, x }: PromptBatch,
  weights: Awaited<ReturnType<GenerationContext['layers']['feeds']>>,
): Promise<void> {
  const shape = { batch: admissions.length, length };
  const rows = shape.batch * length;
  const longest = admissions[0]?.prompt.length ?? 0;
  const program = await programs.get(`prefill ${shape.batch} ${length}`, () => prefillGraph(spec, shape));
  const dims = [shape.batch, spec.kvHeads, length, spec.headDim];
  const heads = (name: string) => ({ data: scratch.take(name, rows * spec.kvHeads * spec.headDim), dims });
  const y = { data: scratch.take('y', x.length), dims: [rows, spec.hiddenSize] };
  const [k, v] = [heads('k'), heads('v')];
  await program.run(
    { x: { data: x, dims: [rows, spec.hiddenSize] }, ...positions.feeds(layer, length, longest), ...weights },
    { y, k, v },
  );
  x.set(y.data);
  admissions.forEach(({ prompt, slot }, row) =>
    cache.store(layer, slot, 0, prompt.length, {
      k: k.data,
      v: v.data,
      begin: row * spec.kvHeads * length * spec.headDim,
      headStride: length * spec.headDim,
    }),
  );
}
