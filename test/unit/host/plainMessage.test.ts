import { expect, it } from 'vitest';
import { plainMessage } from '../../../src/host/plainMessage';

it('leaves no link in a message', () => {
  const hostile = "unknown key '[Fix](command:workbench.action.terminal.new)' and [x](https://a.b)";
  // What VS Code looks for: [text](target), target with one of these schemes.
  const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)/i;
  expect(hostile).toMatch(link);
  expect(plainMessage(hostile)).not.toMatch(link);
  expect(plainMessage('D0 has 2 rows (of 5).')).toBe('D0 has 2 rows (of 5).');
});
