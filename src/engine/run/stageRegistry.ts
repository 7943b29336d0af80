import { safeLayerStage } from '../layers/safeLayerStage';
import { isWeightSettings, type MethodSettings } from '../../core/run/experiment';
import type { MethodStage, StageCost, StageFactory } from './methodStage';
import { nlsrStage } from '../nlsr/nlsrStage';
import type { PassGroup } from '../stream/passPlan';
import type { RunInputs } from './runInputs';
import { safeNeuronStage } from './stages/safeNeuronStage';

/** The engine's side of every method that is no score of single weights: the only list. */
const FACTORIES: readonly StageFactory[] = [safeNeuronStage, safeLayerStage, nlsrStage];

export function createStages(inputs: RunInputs): MethodStage[] {
  return staged(inputs).map(([settings, factory]) => factory.create(settings, inputs));
}

export function stageCosts(inputs: RunInputs, groups: readonly PassGroup[]): StageCost[] {
  return staged(inputs).map(([settings, factory]) => factory.cost(settings, inputs, groups));
}

function staged({ experiment }: RunInputs): (readonly [MethodSettings, StageFactory])[] {
  return experiment.methods
    .filter((settings) => !isWeightSettings(settings))
    .flatMap((settings) => {
      const factory = FACTORIES.find(({ id }) => id === settings.method);
      return factory ? [[settings, factory] as const] : [];
    });
}
