import { describe, expect, it } from 'vitest';
import { tellsOfRuns } from '../../../src/host/tellsOfRuns';

describe('tellsOfRuns', () => {
  it.each([
    '/w/.safety-region',
    '/w/.safety-region/runs',
    '/w/.safety-region/runs/20260101-000000-a-012345',
    '/w/.safety-region/runs/r/run.json',
    '/w/.safety-region/runs/r/summary.json',
    '/w/.safety-region/runs/r/lock',
    '/w/.safety-region/deeper/.safety-region/runs/r',
  ])('%s does', (path) => expect(tellsOfRuns(path)).toBe(true));

  it.each([
    '/w/run.json',
    '/w/.safety-regions/runs/r',
    '/w/.safety-region/labels.jsonl',
    '/w/.safety-region/runs/.r.new',
    '/w/.safety-region/runs/.r.new/run.json',
    '/w/.safety-region/runs/r/work',
    '/w/.safety-region/runs/r/events.jsonl',
    '/w/.safety-region/runs/r/work/lock',
  ])('%s does not', (path) => expect(tellsOfRuns(path)).toBe(false));
});
