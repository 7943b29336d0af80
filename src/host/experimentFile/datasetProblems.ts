/** Why the engine would refuse a dataset, from its preview. The same rules as the engine's (collectRows). Pure. */
import type { DatasetPreview, DatasetValue, PreviewDatasetParams } from '../../protocol/engine';
import type { DatasetDraft, Span } from './datasetDrafts';

export type DatasetProblem = { readonly span: Span } & (
  | { readonly kind: 'field-missing'; readonly field: string; readonly known: readonly string[] }
  | { readonly kind: 'no-prompt' | 'no-response'; readonly known: readonly string[] }
  | { readonly kind: 'response-null' | 'filter-empty' | 'no-rows' }
  | { readonly kind: 'too-few-rows'; readonly matched: number; readonly wanted: number }
);

/** What to ask the engine about a draft; null where it names no files yet. */
export function previewParams(draft: DatasetDraft, baseDir: string): PreviewDatasetParams | null {
  if (draft.paths.length === 0 || draft.paths.some(({ value }) => value === '')) return null;
  const where: [string, readonly DatasetValue[]][] = draft.where
    .filter(({ values }) => values.length > 0)
    .map(({ key, values }) => [key.value, values.map(({ value }) => value)]);
  const expected = namedFields(draft).map(({ field }) => field);
  return {
    path: draft.paths.map(({ value }) => value),
    baseDir,
    ...(where.length === 0 ? {} : { where: Object.fromEntries(where) }),
    ...(expected.length === 0 ? {} : { expected }),
  };
}

/** In the order of the file; nothing follows from rows that were not read. */
export function datasetProblems(
  draft: DatasetDraft,
  preview: DatasetPreview,
  sampleCount: number | null,
): DatasetProblem[] {
  const pathSpan = draft.paths[0]?.span ?? draft.span;
  if (preview.rows === 0) return [{ kind: 'no-rows', span: pathSpan }];
  const known = preview.fields;
  const problems: DatasetProblem[] = chosenFields(draft, preview, draft.id?.span ?? pathSpan);
  if (!preview.isComplete) return problems;

  const absent = new Set(preview.absent);
  for (const { field, span } of namedFields(draft)) {
    if (absent.has(field)) problems.push({ kind: 'field-missing', field, known, span });
  }
  const firstKey = draft.where[0]?.key.span;
  if (preview.matched === 0) {
    if (!draft.where.some(({ key }) => absent.has(key.value)))
      problems.push({ kind: 'filter-empty', span: firstKey ?? pathSpan });
  } else if (draft.role !== 'overRejection' && sampleCount !== null && preview.matched < sampleCount) {
    problems.push({
      kind: 'too-few-rows',
      matched: preview.matched,
      wanted: sampleCount,
      span: firstKey ?? pathSpan,
    });
  }
  return problems;
}

function chosenFields(
  draft: DatasetDraft,
  { detected, fields: known }: DatasetPreview,
  span: Span,
): DatasetProblem[] {
  const problems: DatasetProblem[] = [];
  const { prompt, response } = draft.fields;
  if (prompt === undefined && detected.prompt === null) problems.push({ kind: 'no-prompt', known, span });
  if (!isSampled(draft) || draft.responseSource !== 'dataset') return problems;
  if (response?.value === null) problems.push({ kind: 'response-null', span: response.span });
  const chosen = response ? response.value : detected.response;
  const isPrompt = chosen !== null && chosen === (prompt?.value ?? detected.prompt);
  if ((!response && chosen === null) || isPrompt) {
    problems.push({ kind: 'no-response', known, span: response?.span ?? span });
  }
  return problems;
}

/** The sets that regions are identified from; of the others only the prompts are used, as many as there are. */
const isSampled = ({ role }: DatasetDraft): boolean => role === 'identification' || role === 'utility';

function namedFields(draft: DatasetDraft): { readonly field: string; readonly span: Span }[] {
  const { prompt, response, category } = draft.fields;
  const wantsResponse = isSampled(draft) && draft.responseSource === 'dataset';
  const fields = [prompt, wantsResponse ? response : undefined, category].flatMap((one) =>
    typeof one?.value === 'string' ? [{ field: one.value, span: one.span }] : [],
  );
  return [...fields, ...draft.where.map(({ key }) => ({ field: key.value, span: key.span }))];
}
