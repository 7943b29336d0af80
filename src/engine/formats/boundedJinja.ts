import { Environment, Interpreter, parse, tokenize } from '@huggingface/jinja';

/**
 * Jinja with bounds. A chat template is a program that comes with a model, so it is hostile until checked: its
 * source, the values it makes and the work it does are limited, and it sees nothing but what it is given.
 */
export interface JinjaTemplate {
  render(variables: Readonly<Record<string, unknown>>): string;
}

const MAX_SOURCE_CHARS = 512 * 1024;
/** Patterns of the lexer take time quadratic in the length of a run of white space. */
const MAX_BLANK_RUN = 2000;
const MAX_VALUE_CHARS = 8 * 1024 * 1024;
const MAX_ITEMS = 10_000;
const MAX_STEPS = 500_000;

type Evaluated = ReturnType<Interpreter['evaluate']>;

class BoundedInterpreter extends Interpreter {
  private steps = 0;

  override evaluate(...args: Parameters<Interpreter['evaluate']>): Evaluated {
    const result = super.evaluate(...args);
    // Every expression passes here, so growth by doubling is seen before it is out of hand.
    this.steps += 1 + weigh(result.value);
    if (this.steps > MAX_STEPS) throw new Error('it takes too many steps');
    return result;
  }
}

/** Steps charged for a value: loops and joins over it cost as much, whoever evaluates them. */
function weigh(value: unknown): number {
  if (typeof value === 'string') {
    if (value.length > MAX_VALUE_CHARS) throw new Error(`it makes a text of ${value.length} characters`);
    return value.length >> 8;
  }
  const items = Array.isArray(value) ? value.length : value instanceof Map ? value.size : 0;
  if (items > MAX_ITEMS) throw new Error(`it makes a list of ${items} items`);
  return items;
}

/** @throws Error with the reason, of syntax or of size; `render` throws likewise */
export function parseJinja(source: string): JinjaTemplate {
  if (source.length > MAX_SOURCE_CHARS) throw new Error(`it has ${source.length} characters`);
  if (longestBlankRun(source) > MAX_BLANK_RUN) throw new Error('it has too long a run of white space');
  // The options that transformers renders chat templates with.
  const program = parse(tokenize(source, { lstrip_blocks: true, trim_blocks: true }));
  return {
    render(variables) {
      const environment = new Environment();
      const names = { ...CONSTANTS, range, ...variables };
      for (const [name, value] of Object.entries(names)) environment.set(name, value);
      const { value } = new BoundedInterpreter(environment).run(program);
      return typeof value === 'string' ? value : '';
    },
  };
}

const CONSTANTS = { true: true, false: false, none: null, True: true, False: false, None: null };

function range(start: number, stop?: number, step = 1): number[] {
  const [from, to] = stop === undefined ? [0, start] : [start, stop];
  const length = Math.ceil((to - from) / step);
  if (!Number.isFinite(length) || length > MAX_ITEMS)
    throw new Error('range() is too long or has a step of 0');
  return Array.from({ length: Math.max(0, length) }, (_, i) => from + i * step);
}

function longestBlankRun(text: string): number {
  let longest = 0;
  let run = 0;
  for (let i = 0; i < text.length; i++) {
    // Control characters, space, and everything from NEL on that \s may match.
    const code = text.charCodeAt(i);
    run = code <= 32 || code === 160 || (code >= 0x2000 && code <= 0x3000) || code === 0xfeff ? run + 1 : 0;
    if (run > longest) longest = run;
  }
  return longest;
}
