/** A model that is an ONNX file already: a sentence encoder of the user's. */
import * as ort from 'onnxruntime-node';

import { engineError, inputError } from '../../protocol/errors';
import { sessionOptions, wrapAll, type Feeds, type RuntimeOptions } from './runtime';

export interface OnnxFile {
  readonly inputNames: readonly string[];
  readonly outputNames: readonly string[];
  /**
   * The output, copied out of the runtime's memory.
   * @throws ToolError `ort-run`; input error `encoder-output` where it is no float32 tensor
   */
  run(feeds: Feeds, output: string): Promise<{ data: Float32Array; dims: readonly number[] }>;
  release(): Promise<void>;
}

/** @throws input error `encoder-invalid` */
export async function openOnnxFile(file: string, options: RuntimeOptions): Promise<OnnxFile> {
  const session = await ort.InferenceSession.create(file, sessionOptions(options)).catch((error: unknown) => {
    throw inputError(
      'encoder-invalid',
      `${file} cannot be used: ${error instanceof Error ? error.message : String(error)}`,
      'Export the encoder again, opset 11 to 21, as one model.',
    );
  });
  return {
    inputNames: session.inputNames,
    outputNames: session.outputNames,
    async run(feeds, output) {
      const results = await session.run(wrapAll(feeds), [output]).catch((error: unknown) => {
        throw engineError(
          'ort-run',
          `ONNX Runtime failed in ${file}: ${error instanceof Error ? error.message : String(error)}`,
          'Check that the encoder takes batches of any size and length.',
        );
      });
      const tensor = results[output];
      if (!(tensor?.data instanceof Float32Array)) {
        throw inputError(
          'encoder-output',
          `${file}: the output '${output}' is ${tensor?.type ?? 'missing'}, not float32.`,
          'Export the encoder in float32.',
        );
      }
      return { data: tensor.data, dims: tensor.dims };
    },
    release: () => session.release(),
  };
}
