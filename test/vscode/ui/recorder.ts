/** What every test here relies on: that a fault in a page is not overlooked. */
import assert from 'node:assert/strict';
import { openPage } from '../harness/browser';
import type { UiTest } from './index';

const POLICY = `<meta http-equiv="Content-Security-Policy" content="style-src 'none'">`;
const FAULTS = [
  {
    name: 'an error on the console',
    html: '<script>console.error("first fault")</script>',
    says: /first fault/,
  },
  {
    name: 'an uncaught error',
    html: '<script>throw new Error("second fault")</script>',
    says: /second fault/,
  },
  { name: 'a violation', html: `${POLICY}<p style="color: red">x</p>`, says: /Content Security Policy/ },
];

export const recorderTests: readonly UiTest[] = [
  {
    name: 'an error on the console, an uncaught one, a violation of a policy and a request to elsewhere are faults',
    run: async ({ page, host }) => {
      const browser = page.context().browser();
      assert.ok(browser);
      const watched = await openPage(browser);
      try {
        for (const { name, html, says } of FAULTS) {
          const before = watched.faults.length;
          await watched.page.setContent(html);
          await watched.page.evaluate('new Promise((resolve) => setTimeout(resolve))');
          assert.ok(
            watched.faults.slice(before).some((fault) => says.test(fault)),
            name,
          );
        }
        await watched.page.goto(`${host.origin}/healthz`);
        assert.equal(watched.external.size, 0);
        await watched.page.goto('https://elsewhere.example/').catch(() => undefined);
        assert.deepEqual([...watched.external], ['https://elsewhere.example/']);
      } finally {
        await watched.page.context().close();
      }
    },
  },
];
