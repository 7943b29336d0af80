/**
 * Lets the oracle call generation: reads a request as JSON from standard input, writes answers and seconds as JSON.
 * Bundled by generateDriver.mjs.
 */
import { readFileSync } from 'node:fs';

import type { DecoderSpec } from '../../src/core/model/decoderSpec';
import { openModel } from '../../src/engine/formats/modelDirectory';
import { loadTokenizer } from '../../src/engine/formats/tokenizer';
import { generateGreedy } from '../../src/engine/generate/generateGreedy';
import { planGeneration } from '../../src/engine/generate/generationPlan';
import { paddedLength } from '../../src/engine/generate/prefill';
import { stopTokens } from '../../src/engine/generate/stopTokens';

interface DriverRequest {
  readonly model: string;
  readonly prompts: readonly (readonly number[])[];
  readonly maxNewTokens: number;
  readonly threads: number;
  /** One layer in memory at a time, though all of them would fit. */
  readonly streamed?: boolean;
  /** False generates for one prompt after the other. Default true. */
  readonly together?: boolean;
  /** Ignores stop tokens, so that every answer has maxNewTokens: for timing. */
  readonly ignoreStops?: boolean;
  readonly layerScale?: readonly number[];
  /** Runs before the one that is timed. */
  readonly repeats?: number;
}

/** One byte less than all weights and the four samples that must have room beside them. */
function tooLittle(spec: DecoderSpec, { prompts, maxNewTokens }: DriverRequest): number {
  const longest = Math.max(...prompts.map((prompt) => prompt.length));
  const shape = {
    prompts: Math.min(4, prompts.length),
    capacity: Math.min(spec.maxPositions, longest + maxNewTokens),
    longestPrompt: paddedLength(longest),
  };
  return planGeneration(spec, shape, Number.MAX_SAFE_INTEGER).bytes - 1;
}

async function main(): Promise<void> {
  const request = JSON.parse(readFileSync(0, 'utf8')) as DriverRequest;
  const model = await openModel(request.model, process.cwd(), { embeddedRoot: process.cwd() });
  const stops = request.ignoreStops
    ? new Set<number>()
    : await stopTokens(model.directory, await loadTokenizer(model.directory));
  let answers: number[][] = [];
  const runs = [];
  for (let run = 0; run < (request.repeats ?? 1); run++) {
    const begin = performance.now();
    const cpu = process.cpuUsage();
    const marks: number[] = [];
    const generate = (prompts: DriverRequest['prompts']): Promise<number[][]> =>
      generateGreedy({
        model,
        prompts,
        maxNewTokens: request.maxNewTokens,
        stopTokens: stops,
        threads: request.threads,
        memoryBudgetBytes: request.streamed ? tooLittle(model.spec, request) : Number.MAX_SAFE_INTEGER,
        ...(request.layerScale ? { layerScale: Float32Array.from(request.layerScale) } : {}),
        signal: new AbortController().signal,
        onProgress: () => void marks.push((performance.now() - begin) / 1000),
      });
    answers = [];
    const parts = (request.together ?? true) ? [request.prompts] : request.prompts.map((prompt) => [prompt]);
    for (const part of parts) answers.push(...(await generate(part)));
    const spent = process.cpuUsage(cpu);
    runs.push({
      seconds: (performance.now() - begin) / 1000,
      // From the first token, which the first report follows at once, to the last.
      decodeSeconds: (marks.at(-1) ?? NaN) - (marks[0] ?? NaN),
      cpuSeconds: (spent.user + spent.system) / 1e6,
    });
  }
  await model.close();
  process.stdout.write(JSON.stringify({ answers, runs, peakBytes: process.resourceUsage().maxRSS * 1024 }));
}

void main();
