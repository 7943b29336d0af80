import type { DecoderSpec } from '../../core/model/decoderSpec';
import type { BlockShape, DecoderBlock } from '../blocks/decoderBlock';
import type { GraphBuilder } from '../graph/graphBuilder';
import type { Feeds } from '../ort/runtime';
import type { MicroBatch, PlannedDataset } from './passPlan';

/** A micro-batch that has gone through a layer. */
export interface SeenBatch {
  readonly layer: number;
  readonly planned: PlannedDataset;
  readonly batch: MicroBatch;
  /** The layer's output, rows as in `batchRows`, padding included; lent until the call is over. */
  readonly y: Float32Array | null;
  /** What `ForwardObserver.outputs` gave for this micro-batch, filled. */
  readonly outputs: Feeds;
}

/**
 * A method that is no score of single weights, looking at the shared forward pass. It may add outputs to the graph of
 * every layer, and keeps what it found of a layer in files of its own below work/, which come before the layer's marker.
 */
export interface ForwardObserver {
  /** Names what `extend` adds to the graph: equal keys, equal graphs. Empty where it adds nothing. */
  readonly key: string;
  /** True where `SeenBatch.y` must be there at the last layer too, whose output nobody else may need. */
  readonly needsOutput: boolean;
  /** Adds inputs and outputs to a layer's forward graph; names begin with the method's id and a dot. */
  extend(b: GraphBuilder, block: DecoderBlock, spec: DecoderSpec, shape: BlockShape): void;
  /** Before the first batch of a layer, whose weights are loaded. */
  beginLayer(layer: number): Promise<void>;
  /** Feeds of the inputs that `extend` added. */
  feeds(layer: number, batch: MicroBatch): Feeds;
  /**
   * Where the outputs that `extend` added go. Several micro-batches are on their way at a time, each in a slot of its
   * own: memory that is used again has to be a slot's.
   */
  outputs(layer: number, batch: MicroBatch, slot: number): Feeds;
  /** Batches come dataset after dataset, in the order of the plan. */
  batchDone(seen: SeenBatch): Promise<void>;
  /**
   * After the last batch of a layer. What is returned makes the findings durable while the next layer is computed: it
   * must not look at what that layer changes.
   */
  endLayer(layer: number): Promise<() => Promise<void>>;
}
