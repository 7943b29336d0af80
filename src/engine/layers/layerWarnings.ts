import type { LayerReport } from '../../core/layers/layerReport';
import type { SafeLayerSettings } from '../../core/run/experiment';

/** What a reader of the intervals has to know. */
export function layerWarnings(reports: readonly LayerReport[], settings: SafeLayerSettings): string[] {
  const warnings = reports.flatMap((report) => datasetWarnings(report, settings));
  const [first] = reports;
  if (!first) return warnings;
  const undone = Object.entries(first.noOp).flatMap(([name, isUndone]) => (isUndone ? [name] : []));
  if (undone.length > 0 && first.alpha !== null) {
    warnings.push(
      `safeLayer: norms of this model undo a factor on the weights of ${undone.join(', ')}` +
        (first.scaled.gains.length > 0
          ? `; the gains of the norms (${first.scaled.gains.join(', ')}) were scaled in their place.`
          : ', so the sweep says little.'),
    );
  }
  if (first.control?.candidate) {
    warnings.push(
      `safeLayer: the control set ${first.control.dataset} gives the range [${first.control.candidate.join(', ')}] too, ` +
        'though nothing in it is harmful: the curves tell other differences than harm.',
    );
  }
  return warnings;
}

function datasetWarnings(
  { dataset, candidate, interval, alpha, sweeps, items }: LayerReport,
  { range }: SafeLayerSettings,
): string[] {
  if (interval === null) {
    return [
      `${dataset}: safeLayer: the gap between U-U and U-H pairs never opens; there is no interval. A "range" of the method would begin one.`,
    ];
  }
  const origin = range ? 'the range given' : 'the range that the curves propose';
  if (alpha === null) {
    return [
      `${dataset}: safeLayer: no answers were counted, so the interval is ${origin}, which alone is not to be trusted.`,
    ];
  }
  const warnings: string[] = [];
  if (alpha.outcome === 'none') {
    const sd = Math.max(...alpha.tried.map((tried) => tried.sd));
    warnings.push(
      `${dataset}: safeLayer: no alpha moves the counts by the ${alpha.band[0].toFixed(1)} (standard deviation) that ` +
        `${items ?? 0} prompts ask for; ${alpha.chosen} comes nearest with ${sd.toFixed(1)}.`,
    );
  }
  const counts = new Set([...(sweeps?.upper ?? []), ...(sweeps?.lower ?? [])].map(({ refused }) => refused));
  if (counts.size === 1) {
    warnings.push(`${dataset}: safeLayer: all counts of the sweep are equal; the interval is ${origin}.`);
  }
  if (range && candidate && range.join() !== candidate.join()) {
    warnings.push(
      `${dataset}: safeLayer: the curves propose [${candidate.join(', ')}], not the range given.`,
    );
  }
  return warnings;
}
