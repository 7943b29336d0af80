/** What can be told of a model without opening its weights, for someone who chooses one. */
import { CheckedConfig } from '../../core/model/checkedConfig';
import { parameterCount } from '../../core/model/parameterShapes';
import { describeModel } from '../../core/model/registry';
import { ToolError } from '../../protocol/errors';
import { readConfig, readModelFiles } from './modelFiles';
import type { ModelLocation } from './modelReference';

export interface ModelFacts {
  /** `model_type` of config.json; null where it says none. Any text: hostile until shown as plain text. */
  readonly family: string | null;
  /** A tied head counts once; null where the architecture is not known. */
  readonly parameters: number | null;
  /** Of all weight files; null where they are not all there. */
  readonly weightBytes: number | null;
  /**
   * Why a run would refuse the model; null: nothing speaks against it. What only the weights tell, the run's own check
   * finds: a tensor that is missing, or has another shape.
   */
  readonly problem: ToolError | null;
}

const MAX_FAMILY_CHARS = 100;

/** Reads config.json and, where there is one, the index of the shards. Never throws. */
export async function readModelFacts(location: ModelLocation): Promise<ModelFacts> {
  const weights = await readModelFiles(location).catch((thrown: unknown) => ToolError.from(thrown));
  const missing = weights instanceof ToolError ? weights : null;
  const weightBytes =
    weights instanceof ToolError ? null : weights.weights.reduce((sum, { bytes }) => sum + bytes, 0);
  let family: string | null = null;
  try {
    const { config, settings } = await readConfig(location);
    const fields = CheckedConfig.of(settings, config.path);
    family = fields.text('model_type').slice(0, MAX_FAMILY_CHARS);
    return { family, parameters: parameterCount(describeModel(fields)), weightBytes, problem: missing };
  } catch (thrown) {
    return { family, parameters: null, weightBytes, problem: ToolError.from(thrown) };
  }
}
