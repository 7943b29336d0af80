import type { OverlapReport } from '../../core/masks/overlapReport';
import { overlapCsv } from './overlapCsv';
import { overlapTables } from './overlapTables';
import { overviewTables } from './overviewTables';
import { renderLatex } from './renderLatex';
import { renderMarkdown } from './renderMarkdown';
import { renderText } from './renderText';

export const OVERLAP_FORMATS = ['text', 'json', 'csv', 'markdown', 'latex'] as const;
export type OverlapFormat = (typeof OVERLAP_FORMATS)[number];

/** The report as text, without a line break at its end. `json` is the report itself, `csv` every number of it. */
export function formatOverlap(report: OverlapReport, format: OverlapFormat): string {
  switch (format) {
    case 'text':
      return renderText(overlapTables(report));
    case 'json':
      return JSON.stringify(report, null, 2);
    case 'csv':
      return overlapCsv(report);
    case 'markdown':
      return renderMarkdown(overlapTables(report));
    case 'latex':
      return renderLatex(overlapTables(report));
  }
}

/** What `identify` prints: the main tables of the report, in the form of `text`. */
export const formatOverview = (report: OverlapReport): string => renderText(overviewTables(report));
