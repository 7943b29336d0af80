import type { Manifest } from '../core/run/manifest';
import type { Summary } from '../core/run/summary';
import { plainText } from './plainText';

/** What a run warns of, a line each; what is said of several datasets is said once, after their ids. */
export function runWarnings(manifest: Manifest, summary: Pick<Summary, 'warnings'> | null): string[] {
  const ids = Object.keys(manifest.datasets);
  const all = [
    ...(summary?.warnings ?? []),
    ...Object.entries(manifest.datasets).flatMap(([id, report]) =>
      report.warnings.map((text) => `${id}: ${text}`),
    ),
  ];
  const idsOf = new Map<string, Set<string>>();
  for (const warning of all) {
    const id = ids.find((known) => warning.startsWith(`${known}: `));
    const text = id === undefined ? warning : warning.slice(id.length + 2);
    const named = idsOf.get(text) ?? new Set();
    if (id !== undefined) named.add(id);
    idsOf.set(text, named);
  }
  return Array.from(idsOf, ([text, named]) =>
    plainText(`warning: ${named.size > 0 ? `${[...named].join(', ')}: ` : ''}${text}`),
  );
}
