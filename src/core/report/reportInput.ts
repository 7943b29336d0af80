/** What the HTML report of an overlap is made from. */
import type { LayerReportView } from '../../protocol/explorer/layerReports';
import type { NeuronReportView } from '../../protocol/explorer/neuronSizes';
import type { OverlapReport } from '../masks/overlapReport';
import type { Manifest } from '../run/manifest';
import type { Summary } from '../run/summary';

export interface ReportInput {
  readonly overlap: OverlapReport;
  readonly runs: readonly ReportRun[];
}

export interface ReportRun {
  /** Name of its folder. */
  readonly name: string;
  readonly path: string;
  readonly manifest: Manifest;
  /** null while it is not finished. */
  readonly summary: Summary | null;
  readonly layers: readonly LayerReportView[];
  readonly neurons: readonly NeuronReportView[];
}
