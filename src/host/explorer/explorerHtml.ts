import { randomBytes } from 'node:crypto';

export interface PageParts {
  /** URIs that the webview may load, as strings. */
  readonly script: string;
  readonly style: string;
  readonly title: string;
  /** BCP 47 language of the page. */
  readonly language: string;
  /** Message -> translation; undefined in English. */
  readonly strings: Readonly<Record<string, string>> | undefined;
}

/**
 * The page without content. Nothing is allowed but our script and our style sheet, known by a nonce of this very
 * page. Images are ours, too: a figure's SVG on its way to a PNG file. The toolkit reads the nonce from the `csp-nonce` meta for the one style element it makes.
 */
export function explorerHtml({ script, style, title, language, strings }: PageParts): string {
  const nonce = randomBytes(16).toString('base64');
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src 'nonce-${nonce}'; img-src data:`;
  return `<!DOCTYPE html>
<html lang="${escape(language)}">
  <head>
    <meta charset="UTF-8">
    <meta http-equiv="Content-Security-Policy" content="${policy}">
    <meta property="csp-nonce" content="${nonce}">
    <meta name="viewport" content="width=device-width, initial-scale=1.0">
    <title>${escape(title)}</title>
    <link rel="stylesheet" nonce="${nonce}" href="${escape(style)}">
  </head>
  <body>
    <div id="app" data-strings="${escape(JSON.stringify(strings ?? {}))}"></div>
    <script nonce="${nonce}" src="${escape(script)}"></script>
  </body>
</html>`;
}

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
const escape = (text: string): string => text.replace(/[&<>"]/g, (character) => ENTITIES[character] ?? '');
