/** The runs that one panel shows, as its queries see them. */
import path from 'node:path';
import type { MethodOverlap } from '../../core/masks/overlapReport';
import { labelledOverlap } from '../../core/report/runLabels';
import { inputError, usageError } from '../../protocol/errors';
import type { NeuronChoice } from '../../protocol/explorer/neuronList';
import { selectNeurons, type NeuronSelection } from '../../store/neuronList';
import { overlapRuns } from '../../store/overlapRuns';
import { openRun, type RunDirectory } from '../../store/runDirectory';
import { regionMethods } from '../../store/runRegions';
import { Remembered } from './remembered';
import { ShownMasks } from './shownMasks';

/** Finished runs never change, so what was counted once holds. */
export class ShownRuns {
  readonly masks: ShownMasks;
  readonly #neurons = new Remembered<NeuronSelection>(4);
  readonly #overlaps = new Remembered<MethodOverlap>(8);

  /** @param dirs absolute; regions of several are called LABEL/ID */
  constructor(readonly dirs: readonly string[]) {
    this.masks = new ShownMasks(dirs);
  }

  /** @throws usage error run-unknown; the codes of `openRun` */
  async open(place: number): Promise<RunDirectory> {
    const dir = this.dirs[place];
    if (dir !== undefined) return openRun(dir);
    throw usageError('run-unknown', `There is no run ${place} here.`, 'Open the runs again.');
  }

  /** Its regions are read once for all pages, layers and types. @throws ToolError the codes of `selectNeurons` */
  neurons({ run, ...which }: NeuronChoice, signal: AbortSignal): Promise<NeuronSelection> {
    const { dataset, outsideUtility } = which;
    return this.#neurons.get(JSON.stringify([run, dataset, outsideUtility]), signal, async (work) =>
      selectNeurons(await this.open(run), which, work),
    );
  }

  /** @throws ToolError the codes of `overlapRuns`, method-missing */
  overlap(method: string, signal: AbortSignal, { heads = false } = {}): Promise<MethodOverlap> {
    return this.#overlaps.get(`${method} ${heads}`, signal, async (work) => {
      const having = await Promise.all(this.dirs.map(async (dir) => regionMethods(await openRun(dir))));
      // Where a run lacks the method, the others are compared, which is said by asking for all of them.
      const isInAll = having.every((methods) => methods.includes(method));
      const { methods, leftOut } = await overlapRuns(this.dirs, {
        ...(isInAll || this.dirs.length === 1 ? { method } : {}),
        heads,
        signal: work,
      });
      const found = methods[method];
      if (found) {
        return labelledOverlap(
          found,
          this.dirs.map((dir) => path.basename(dir)),
        );
      }
      const reason = leftOut.find((left) => left.method === method)?.reason;
      throw inputError(
        'method-missing',
        reason ?? `No run here has the method '${method}'.`,
        'Pick another method, or compare other runs.',
      );
    });
  }
}
