import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inputError, type ToolError } from '../../protocol/errors';
import { parseJinja, type JinjaTemplate } from './boundedJinja';

export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

export interface ChatRenderOptions {
  readonly addGenerationPrompt: boolean;
  /** `bos_token`, `eos_token`, ... as the tokenizer names them. */
  readonly specialTokens: Readonly<Record<string, string>>;
}

export interface ChatTemplate {
  /** The file it was read from. */
  readonly file: string;
  /** @throws input error `chat-template-failed`: the template refuses the messages, or goes over its bounds */
  render(messages: readonly ChatMessage[], options: ChatRenderOptions): string;
  /** Whether a rendering so far asked for today's date, which makes it differ from day to day. */
  readonly usesDate: boolean;
}

/**
 * The model's own chat template: chat_template.jinja, chat_template.json, or `chat_template` of
 * tokenizer_config.json (a string, or a list of {name, template} of which `default` is taken).
 *
 * @param now date that `strftime_now` of the templates gives
 * @throws input errors `chat-template-missing`, `chat-template-invalid` (naming the file)
 */
export async function loadChatTemplate(directory: string, now: Date = new Date()): Promise<ChatTemplate> {
  const jinja = join(directory, 'chat_template.jinja');
  const source = await readText(jinja);
  if (source !== null) return chatTemplate(source, jinja, now);
  for (const name of ['chat_template.json', 'tokenizer_config.json']) {
    const file = join(directory, name);
    const text = await readText(file);
    const found = text === null ? null : templateIn(text, file);
    if (found !== null) return chatTemplate(found, file, now);
  }
  throw inputError(
    'chat-template-missing',
    `${directory} has no chat template: no chat_template.jinja, and none in tokenizer_config.json.`,
    'Set "template" to "none", "alpaca" or "inst" in the experiment file, or use the model\'s chat version.',
  );
}

/** @param file for messages */
export function chatTemplate(source: string, file: string, now: Date = new Date()): ChatTemplate {
  let template: JinjaTemplate;
  try {
    template = parseJinja(source);
  } catch (thrown) {
    throw invalid(file, reasonOf(thrown));
  }
  let usesDate = false;
  const helpers = {
    raise_exception: (message: unknown): never => {
      throw new Error(`it refuses the messages: ${String(message)}`);
    },
    strftime_now: (format: unknown): string => {
      usesDate = true;
      return strftime(now, String(format));
    },
  };
  return {
    file,
    get usesDate() {
      return usesDate;
    },
    render(messages, { addGenerationPrompt, specialTokens }) {
      try {
        return template.render({
          ...specialTokens,
          ...helpers,
          messages: messages.map(({ role, content }) => ({ role, content })),
          add_generation_prompt: addGenerationPrompt,
          // transformers passes both, so that `tools is not none` is a question templates may ask.
          tools: null,
          documents: null,
        });
      } catch (thrown) {
        throw inputError(
          'chat-template-failed',
          `The chat template of ${file} fails: ${reasonOf(thrown)}.`,
          'Set "template" to "none", "alpaca" or "inst" in the experiment file, or mend the template.',
        );
      }
    },
  };
}

/**
 * The text of the system turn that a template writes of its own accord, or null. Found by comparison: with a
 * system message S the rendering is `before + S + between + user ...`; without one, a default turn shows as
 * `before + DEFAULT + between + user ...`.
 */
export function defaultSystemTurn(template: ChatTemplate, options: ChatRenderOptions): string | null {
  const system = 'System3f1cMark';
  const user = { role: 'user', content: 'User7b2eMark' };
  let withSystem: string;
  try {
    withSystem = template.render([{ role: 'system', content: system }, user], options);
  } catch {
    return null; // templates without system turns refuse one
  }
  const plain = template.render([user], options);
  const at = withSystem.indexOf(system);
  const before = withSystem.slice(0, at);
  const between = withSystem.slice(at + system.length, withSystem.indexOf(user.content));
  const head = plain.slice(0, plain.indexOf(user.content));
  if (at < 0 || !head.startsWith(before) || !head.endsWith(between)) return null;
  const inserted = head.slice(before.length, head.length - between.length);
  return inserted.trim() === '' ? null : inserted;
}

function templateIn(text: string, file: string): string | null {
  let value: unknown;
  try {
    value = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch (thrown) {
    throw invalid(file, reasonOf(thrown));
  }
  const template = isRecord(value) ? value.chat_template : null;
  if (typeof template === 'string') return template;
  if (!Array.isArray(template)) return null;
  const named = template.find((entry: unknown) => isRecord(entry) && entry.name === 'default') as unknown;
  return isRecord(named) && typeof named.template === 'string' ? named.template : null;
}

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);
const DAYS = 'Sunday Monday Tuesday Wednesday Thursday Friday Saturday'.split(' ');

/** Python's strftime in the C locale, local time: the directives templates use, and an error for others. */
function strftime(date: Date, format: string): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const month = MONTHS[date.getMonth()] ?? '';
  const day = DAYS[date.getDay()] ?? '';
  const directives: Readonly<Record<string, string>> = {
    Y: String(date.getFullYear()),
    y: two(date.getFullYear() % 100),
    m: two(date.getMonth() + 1),
    d: two(date.getDate()),
    B: month,
    b: month.slice(0, 3),
    A: day,
    a: day.slice(0, 3),
    H: two(date.getHours()),
    M: two(date.getMinutes()),
    S: two(date.getSeconds()),
    '%': '%',
  };
  return format.replace(/%(.?)/gs, (whole, letter: string) => {
    const text = Object.hasOwn(directives, letter) ? directives[letter] : undefined;
    if (text === undefined) throw new Error(`strftime_now does not know '${whole}'`);
    return text;
  });
}

async function readText(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8');
  } catch (thrown) {
    if (isRecord(thrown) && (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR')) return null;
    throw invalid(file, reasonOf(thrown));
  }
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

const invalid = (file: string, reason: string): ToolError =>
  inputError(
    'chat-template-invalid',
    `The chat template of ${file} cannot be read: ${reason}.`,
    'Copy the file from the model again.',
  );
