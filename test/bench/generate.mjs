// `npm run bench -- generate [ROUNDS]`: tokens a second against transformers, in turns on the same machine: one prompt
// alone, and sixteen together; 32 tokens each, 48 new ones, float32.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const here = path.dirname(fileURLToPath(import.meta.url));
const driver = path.join(here, '..', 'oracles', 'generateDriver.mjs');
const NEW_TOKENS = 48;
const PROMPT_TOKENS = 32;
const REPEATS = 2;

/** @param python with transformers; @param model directory of SmolLM2-135M-Instruct */
export function generate({ python, model, rounds = 3, threads = 2 }) {
  for (const batch of [1, 16]) {
    const table = [];
    for (let round = 0; round < rounds; round++) {
      // Every round has other prompts, the same for both.
      const prompts = Array.from({ length: batch }, (_, index) =>
        Array.from(
          { length: PROMPT_TOKENS },
          (_, at) => 100 + ((7919 * (at + 1) + 613 * index + 31 * round) % 40_000),
        ),
      );
      const request = {
        model,
        prompts,
        maxNewTokens: NEW_TOKENS,
        threads,
        repeats: REPEATS,
        ignoreStops: true,
      };
      const ours = answerOf(process.execPath, [driver], request);
      const theirs = answerOf(python, [path.join(here, 'torch_generate.py')], request);
      const equal = ours.answers.filter(
        (tokens, index) => tokens.join() === theirs.answers[index].join(),
      ).length;
      table.push({ ours: ours.runs.at(-1), theirs: theirs.runs.at(-1) });
      console.log(
        `batch ${batch}, round ${round + 1}: ours ${line(ours, batch)}; transformers ${line(theirs, batch)}; ` +
          `${equal} of ${batch} answers equal`,
      );
    }
    const faster = (pick) => median(table.map(({ ours, theirs }) => pick(theirs) / pick(ours)));
    console.log(
      `batch ${batch}, medians of ${rounds}, ${threads} threads: decoding ${faster((run) => run.decodeSeconds).toFixed(2)} x the speed of ` +
        `transformers, with the prompts ${faster((run) => run.seconds).toFixed(2)} x, processor time ` +
        `${(1 / faster((run) => run.cpuSeconds)).toFixed(2)} of its`,
    );
  }
}

function line({ runs, peakBytes }, batch) {
  const { seconds, decodeSeconds, cpuSeconds } = runs.at(-1);
  const speed = ((NEW_TOKENS - 1) * batch) / decodeSeconds;
  return `${speed.toFixed(1)} tokens/s (${seconds.toFixed(2)} s in all, processor ${cpuSeconds.toFixed(2)} s, ${(peakBytes / 2 ** 20).toFixed(0)} MiB)`;
}

function answerOf(command, args, request) {
  const result = spawnSync(command, args, {
    input: JSON.stringify(request),
    encoding: 'utf8',
    maxBuffer: 1 << 26,
  });
  if (result.error) throw result.error;
  if (result.status !== 0) throw new Error(`${command} exits ${result.status}\n${result.stderr}`);
  return JSON.parse(result.stdout);
}

function median(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [python, model, rounds = 3, threads = 2] = process.argv.slice(2);
  generate({ python, model, rounds: Number(rounds), threads: Number(threads) });
}
