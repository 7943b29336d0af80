/** One scored weight matrix of the model. */
export interface RegionParam {
  readonly layer: number;
  /** Hugging Face parameter name. */
  readonly name: string;
  readonly units: number;
}

/** Packed bits of a parameter, asked for in the order of the layers. */
export interface BitSource {
  read(param: RegionParam): Promise<Uint8Array>;
  close(): Promise<void>;
}
