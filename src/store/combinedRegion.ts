/** A set made of a method's stored regions, such as what all share outside the utility region: read by ranges. */
import { combineWords } from '../core/masks/combineWords';
import type { MatrixLayout } from '../core/masks/expandMatrix';
import type { HeadSizes } from '../core/masks/headCut';
import { UNIT_OF } from '../core/masks/methodOverlap';
import { checkSameModules } from '../core/masks/overlap';
import { usageError } from '../protocol/errors';
import type { RegionFile, RegionPayload, RegionTensor } from './regionFile';
import type { RegionPlace } from './replicateRuns';
import { openRegion } from './runRegions';

/** All units that every region of `keep` holds and none of `without`. At least one to keep. */
export interface RegionChoice {
  readonly method: string;
  readonly keep: readonly RegionPlace[];
  readonly without: readonly RegionPlace[];
}

/** One reader at a time. */
export class CombinedRegion {
  private scratch = new Int32Array(0);

  private constructor(
    private readonly first: RegionFile,
    private readonly others: readonly { readonly file: RegionFile; readonly operation: 'keep' | 'remove' }[],
  ) {}

  /**
   * @throws ToolError regions-differ where they are not of the same units, region-missing, usage error `no-region`, and
   * the codes of `RegionFile.open`
   */
  static async open({ method, keep, without }: RegionChoice): Promise<CombinedRegion> {
    const opened: RegionFile[] = [];
    try {
      for (const { run, dataset } of [...keep, ...without])
        opened.push(await openRegion(run, method, dataset));
      const [first, ...rest] = opened;
      if (!first || keep.length === 0) {
        throw usageError('no-region', 'No region was chosen to be looked at.', 'Name at least one.');
      }
      for (const file of rest) {
        checkSameModules(moduleList(first), moduleList(file), UNIT_OF[first.payload]);
      }
      const others = rest.map((file, i) => ({
        file,
        operation: i + 1 < keep.length ? ('keep' as const) : ('remove' as const),
      }));
      return new CombinedRegion(first, others);
    } catch (thrown) {
      await Promise.all(opened.map((file) => file.close()));
      throw thrown;
    }
  }

  get payload(): RegionPayload {
    return this.first.payload;
  }

  get tensors(): readonly RegionTensor[] {
    return this.first.tensors;
  }

  get matrices(): readonly MatrixLayout[] {
    return this.first.matrices;
  }

  get heads(): HeadSizes | null {
    return this.first.heads;
  }

  /**
   * Packed bits of a tensor from its byte `from` (a multiple of 4) on, `bytes` of them or up to its end; zeros after it.
   * @param into at least ceil(bytes / 4) words
   */
  async fill(name: string, from: number, bytes: number, into: Int32Array): Promise<void> {
    const words = into.subarray(0, Math.ceil(bytes / 4));
    await fillFrom(this.first, name, from, bytes, words);
    if (this.scratch.length < words.length) this.scratch = new Int32Array(words.length);
    const other = this.scratch.subarray(0, words.length);
    for (const { file, operation } of this.others) {
      await fillFrom(file, name, from, bytes, other);
      combineWords(words, other, operation);
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.first, ...this.others.map(({ file }) => file)].map((file) => file.close()));
  }
}

const moduleList = ({ path, tensors }: RegionFile) => ({ id: path, modules: tensors });

async function fillFrom(
  file: RegionFile,
  name: string,
  from: number,
  bytes: number,
  words: Int32Array,
): Promise<void> {
  const target = new Uint8Array(words.buffer, words.byteOffset, bytes);
  // The last word may have bytes after the tensor's.
  words.fill(0, Math.floor(bytes / 4));
  if (file.payload === 'weights' || file.payload === 'lora') await file.fillBits(name, target, from);
  // Neurons and layers are stored as a few indices: their bits are made whole.
  else target.set((await file.read(name)).subarray(from, from + bytes));
}
