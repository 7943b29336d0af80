import { describe, expect, it } from 'vitest';
import { translator } from '../../webview/explorer/translate';

describe('strings of the page', () => {
  it('are translated, with arguments in the places of the translation', () => {
    const t = translator('{"{0} of {1} layers": "von {1} Schichten {0}"}');
    expect(t('{0} of {1} layers', 3, 'x')).toBe('von x Schichten 3');
  });

  it('stay as they are where there is no translation, or none that is a text', () => {
    for (const bundle of [undefined, '{}', '[]', 'null', '{"Show Log": 7}']) {
      expect(translator(bundle)('Show Log')).toBe('Show Log');
    }
  });

  it('keep a placeholder that has no argument, and arguments that look like one', () => {
    expect(translator(undefined)('{0}, {1}', '{1}')).toBe('{1}, {1}');
  });
});
