import { describe, expect, it } from 'vitest';
import { chatTemplate, defaultSystemTurn, loadChatTemplate } from '../../../src/engine/formats/chatTemplate';
import { ToolError } from '../../../src/protocol/errors';
import { errorOf, scratchFolder } from '../datasets/scratch';

const scratch = scratchFolder();
const OPTIONS = { addGenerationPrompt: true, specialTokens: { bos_token: '<s>', eos_token: '</s>' } };
const HI = [{ role: 'user', content: 'Hi' }];
const render = (source: string, now?: Date) => chatTemplate(source, 'FILE', now).render(HI, OPTIONS);

const failure = (action: () => unknown): ToolError => {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof ToolError) return thrown;
    throw thrown;
  }
  throw new Error('It did not fail.');
};

describe('where it is found', () => {
  const load = async (name: string, files: Record<string, unknown>) => {
    scratch.put(`${name}/keep`, '');
    for (const [file, content] of Object.entries(files)) {
      scratch.put(`${name}/${file}`, typeof content === 'string' ? content : JSON.stringify(content));
    }
    return (await loadChatTemplate(`${scratch.path}/${name}`)).render(HI, OPTIONS);
  };

  it('is chat_template.jinja, then chat_template.json, then tokenizer_config.json', async () => {
    const config = { 'tokenizer_config.json': { chat_template: 'config' } };
    const json = { ...config, 'chat_template.json': { chat_template: 'json' } };
    expect(await load('a', config)).toBe('config');
    expect(await load('b', json)).toBe('json');
    expect(await load('c', { ...json, 'chat_template.jinja': 'jinja' })).toBe('jinja');
  });

  it('is the default of a list', async () => {
    const list = [
      { name: 'tool_use', template: 'tools' },
      { name: 'default', template: '{{ messages[0].content }}' },
    ];
    expect(await load('d', { 'tokenizer_config.json': { chat_template: list } })).toBe('Hi');
  });

  it.each([
    ['e', {}],
    ['f', { 'tokenizer_config.json': {} }],
    ['g', { 'tokenizer_config.json': { chat_template: [{ name: 'tool_use', template: 'x' }] } }],
  ])('may be nowhere', async (name, files) => {
    const error = await errorOf(load(name, files));
    expect([error.code, error.kind]).toEqual(['chat-template-missing', 'input']);
    expect(error.mend).toContain('"none", "alpaca" or "inst"');
  });

  it.each([
    ['h', { 'tokenizer_config.json': '{' }],
    ['i', { 'chat_template.jinja': '{% if %}' }],
    ['j', { 'chat_template.jinja': '{{ "open' }],
    ['k', { 'chat_template.jinja': `a${' '.repeat(100_000)}{% x %}` }],
    ['l', { 'chat_template.jinja': 'x'.repeat(1024 * 1024) }],
  ])('may be unreadable', async (name, files) => {
    const error = await errorOf(load(name, files));
    expect(error.code).toBe('chat-template-invalid');
    expect(error.message).toContain(Object.keys(files)[0]);
  });
});

it('gives special tokens, the generation prompt and absent tools', () => {
  expect(
    render('{{ bos_token }}{% if add_generation_prompt and tools is none %}A{% endif %}{{ eos_token }}'),
  ).toBe('<s>A</s>');
});

it('trims blocks as transformers does', () => {
  expect(
    render('  {% for m in messages %}\n{{ m.role }}:\n  {%- if true %} x{% endif %}\n{% endfor %}\nend\n'),
  ).toBe('user: xend');
});

it('says what raise_exception says', () => {
  const error = failure(() => render("{{ raise_exception('Roles must alternate') }}"));
  expect(error.code).toBe('chat-template-failed');
  expect(error.message).toContain('Roles must alternate');
});

describe('strftime_now', () => {
  const now = new Date(2026, 2, 5, 7, 8, 9);

  it('is the date given, in English, and noted', () => {
    const template = chatTemplate(
      '{{ strftime_now("%d %b %Y, %A %B %H:%M:%S %y-%m %a 100%%") }}',
      'FILE',
      now,
    );
    expect(template.usesDate).toBe(false);
    expect(template.render(HI, OPTIONS)).toBe('05 Mar 2026, Thursday March 07:08:09 26-03 Thu 100%');
    expect(template.usesDate).toBe(true);
  });

  it('refuses directives it does not know', () => {
    expect(failure(() => render('{{ strftime_now("%Q") }}', now)).message).toContain("'%Q'");
  });
});

describe('a hostile template', () => {
  it.each([
    ['long loops', '{% for i in range(1000000000) %}x{% endfor %}'],
    ['nested loops', '{% for i in range(9000) %}{% for j in range(9000) %}{% endfor %}{% endfor %}'],
    [
      'doubling text',
      '{% set n = namespace(t="x") %}{% for i in range(60) %}{% set n.t = n.t + n.t %}{% endfor %}',
    ],
    [
      'doubling lists',
      '{% set n = namespace(t=[1]) %}{% for i in range(60) %}{% set n.t = n.t + n.t %}{% endfor %}',
    ],
    ['recursion', '{% macro f(x) %}{{ f(x) }}{% endmacro %}{{ f(1) }}'],
    ['a range without a step', '{{ range(1, 5, 0) }}'],
    [
      'output beyond the bound',
      '{% for i in range(9000) %}{{ "x" * 100 }}' + 'y'.repeat(1000) + '{% endfor %}',
    ],
  ])('is stopped: %s', (_, source) => {
    const started = performance.now();
    expect(failure(() => render(source)).code).toBe('chat-template-failed');
    expect(performance.now() - started).toBeLessThan(10_000);
  });

  it('reaches nothing outside', () => {
    expect(
      render('{{ process }}{{ globalThis }}{{ messages.constructor }}{{ messages[0].constructor }}'),
    ).toBe('');
  });
});

describe('the default system turn', () => {
  const turn = (source: string) => defaultSystemTurn(chatTemplate(source, 'FILE'), OPTIONS);
  const TURNS =
    "{% for m in messages %}[{{ m['role'] }}]{{ m['content'] }}[/]{% endfor %}{% if add_generation_prompt %}[assistant]{% endif %}";

  it('is found', () => {
    expect(turn(`{% if messages[0].role != 'system' %}[system]Be nice.[/]{% endif %}${TURNS}`)).toBe(
      'Be nice.',
    );
  });

  it.each([
    ['none', TURNS],
    ['an empty one', `{% if messages[0].role != 'system' %}[system][/]{% endif %}${TURNS}`],
    ['system text inside the user turn', "[user]{% for m in messages %}{{ m['content'] }}\n{% endfor %}"],
    [
      'no system turn allowed',
      `{% if messages[0].role == 'system' %}{{ raise_exception('no') }}{% endif %}${TURNS}`,
    ],
    [
      'system turn passed over',
      "{% for m in messages if m.role == 'user' %}[user]{{ m.content }}{% endfor %}",
    ],
  ])('is not seen where there is %s', (_, source) => expect(turn(source)).toBeNull());
});
