import { describe, expect, it } from 'vitest';
import { explorerHtml } from '../../../../src/host/explorer/explorerHtml';

const page = (title = 'x', strings = {}): string =>
  explorerHtml({ script: 's.js', style: 's.css', title, language: 'en', strings });
const policy = (html: string): string => /Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
const nonces = (html: string): Set<string> =>
  new Set(Array.from(html.matchAll(/nonce(?:="|" content="|-)([\w+/=]+)/g), ([, nonce]) => nonce!));

describe('the page of the explorer', () => {
  it('allows nothing but its own script and style sheet', () => {
    expect(policy(page())).toMatch(
      /^default-src 'none'; script-src 'nonce-[^']+'; style-src 'nonce-[^']+'; img-src data:$/,
    );
    expect(page()).not.toContain('unsafe');
  });

  it('has one nonce of at least 128 bits, and another one each time', () => {
    const [first, second] = [nonces(page()), nonces(page())];
    expect(first.size).toBe(1);
    expect(Buffer.from([...first][0]!, 'base64').length).toBeGreaterThanOrEqual(16);
    expect(first).not.toEqual(second);
  });

  it('takes a name for text', () => {
    const html = page('"><script>alert(1)</script>');
    expect(html).not.toContain('<script>alert');
    expect(html).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
  });

  it('brings translations as text of an attribute', () => {
    expect(page('x', { 'a "b"': '<c>' })).toContain(
      'data-strings="{&quot;a \\&quot;b\\&quot;&quot;:&quot;&lt;c&gt;&quot;}"',
    );
  });
});
