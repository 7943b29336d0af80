/** The stored regions of the runs that one panel shows, and what was counted of them. */
import { runLetter } from '../../core/report/runLabels';
import { usageError } from '../../protocol/errors';
import type { MaskChoice } from '../../protocol/explorer/maskQuery';
import type { RegionChoice } from '../../store/combinedRegion';
import { comparableRuns } from '../../store/comparableRuns';
import { maskDensity, type MaskDensity } from '../../store/maskDensity';
import type { RegionPlace } from '../../store/replicateRuns';
import { Remembered } from './remembered';

export class ShownMasks {
  /** All bits of a region are read for one: of a large model that takes seconds. */
  readonly #densities = new Remembered<MaskDensity>(64);

  constructor(private readonly dirs: readonly string[]) {}

  /** @throws ToolError the codes of `choice` and of `maskDensity` */
  density(choice: MaskChoice, signal: AbortSignal): Promise<MaskDensity> {
    const { method, keep, without } = choice;
    const key = JSON.stringify([method, keep, without]);
    return this.#densities.get(key, signal, async (work) => maskDensity(await this.choice(choice), work));
  }

  /** @throws ToolError region-unknown, and the codes of `comparableRuns` */
  async choice({ method, keep, without }: MaskChoice): Promise<RegionChoice> {
    const { runs } = await comparableRuns(this.dirs);
    const places = new Map<string, RegionPlace>();
    for (const [place, run] of runs.entries()) {
      const prefix = runs.length > 1 ? `${runLetter(place)}/` : '';
      const { datasets, utility } = run.manifest.experiment;
      for (const { id } of utility ? [...datasets, utility] : datasets) {
        places.set(`${prefix}${id}`, { run, dataset: id });
      }
    }
    const placeOf = (id: string): RegionPlace => {
      const place = places.get(id);
      if (place) return place;
      const mend = `Choose one of: ${[...places.keys()].join(', ')}.`;
      throw usageError('region-unknown', `No run here has the dataset '${id}'.`, mend);
    };
    return { method, keep: keep.map(placeOf), without: without.map(placeOf) };
  }
}
