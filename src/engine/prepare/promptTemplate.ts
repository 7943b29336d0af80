import { defaultSystemTurn, loadChatTemplate } from '../formats/chatTemplate';
import type { TextTokenizer } from '../formats/tokenizer';

export type TemplateName = 'chat' | 'none' | 'alpaca' | 'inst';

/** How prompt content becomes prompt tokens. */
export interface PromptTemplate {
  encode(content: string): number[];
  /** What a reader of the results should know about it; complete after the last `encode`. */
  warnings(): string[];
}

/** The prompt of Stanford Alpaca for instructions without input. */
const ALPACA = [
  'Below is an instruction that describes a task. Write a response that appropriately completes the request.',
  '### Instruction:\n{prompt}',
  '### Response:',
].join('\n\n');

const WRAPS: Readonly<Record<Exclude<TemplateName, 'chat'>, string>> = {
  none: '{prompt}',
  alpaca: ALPACA,
  inst: '[INST] {prompt} [/INST]',
};

/** @throws input errors `chat-template-missing`, `chat-template-invalid`; `encode`: `chat-template-failed` */
export async function loadPromptTemplate(
  name: TemplateName,
  modelDirectory: string,
  tokenizer: TextTokenizer,
): Promise<PromptTemplate> {
  if (name === 'chat') return chatPrompts(modelDirectory, tokenizer);
  const [before = '', after = ''] = WRAPS[name].split('{prompt}');
  return {
    encode: (content) => tokenizer.encode(before + content + after, { addSpecialTokens: true }),
    warnings: () => [],
  };
}

async function chatPrompts(modelDirectory: string, tokenizer: TextTokenizer): Promise<PromptTemplate> {
  const template = await loadChatTemplate(modelDirectory);
  const options = { addGenerationPrompt: true, specialTokens: tokenizer.specialTokenTexts };
  return {
    encode: (content) => {
      const text = template.render([{ role: 'user', content }], options);
      // The template writes BOS itself where the model wants one; the post-processor would double it.
      return tokenizer.encode(text, { addSpecialTokens: false });
    },
    warnings: () => {
      const system = defaultSystemTurn(template, options);
      return [
        ...(system === null
          ? []
          : [`The chat template adds a system turn of its own: ${JSON.stringify(system)}.`]),
        ...(template.usesDate
          ? ["The chat template writes today's date: tokens change from day to day."]
          : []),
      ];
    },
  };
}

/**
 * The template that the prompts of a dataset already carry, judged by most of them: fed through a second one they
 * would be wrapped twice.
 */
export function wrappedAlready(prompts: readonly string[]): Exclude<TemplateName, 'none'> | null {
  const marks = [
    ['inst', /^\s*(<s>)?\s*\[INST\]/],
    ['alpaca', /^Below is an instruction that describes a task/],
    ['chat', /^\s*<\|(im_start|start_header_id|user|begin_of_text)\|>/],
  ] as const;
  const mostly = (mark: RegExp): boolean =>
    prompts.filter((text) => mark.test(text)).length * 2 > prompts.length;
  return marks.find(([, mark]) => mostly(mark))?.[0] ?? null;
}
