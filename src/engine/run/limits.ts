import { groupRows, type DecoderSpec } from '../../core/model/decoderSpec';
import type { PassLimits } from '../stream/passContext';

/** Of one micro-batch; two may go through a block side by side. */
const BLOCK_BUFFER_BYTES = 160 * 2 ** 20;
/** More are no faster on one core. */
const MAX_ROWS = 256;

/** Sizes of the pass, from the model alone: the order of sums, and so the result, must not depend on the machine. */
export function limitsFor(spec: DecoderSpec): PassLimits {
  const rows = Math.floor(BLOCK_BUFFER_BYTES / blockBytesPerRow(spec));
  return {
    maxRows: Math.max(32, Math.min(MAX_ROWS, rows)),
    chunkElements: 2 ** 20,
    headChunkElements: 2 ** 21,
    headRows: 1024,
  };
}

/**
 * Float32 values alive at once for one row of a block's backward graph, attention matrices aside: the inputs and
 * outputs of the linear maps, their gradients, and the norms' intermediates.
 */
export function blockBytesPerRow(spec: DecoderSpec): number {
  const linear = spec.groups.reduce((sum, group) => sum + group.inFeatures + groupRows(group), 0);
  return 4 * (2 * linear + 6 * spec.hiddenSize);
}
