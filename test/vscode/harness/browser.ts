/** Chromium with a page, and a record of what must not happen: requests to elsewhere, errors, CSP violations. */
import { chromium, type Browser, type Page } from 'playwright-core';

export interface WatchedPage {
  readonly page: Page;
  /** Requests that left this machine. */
  readonly external: ReadonlySet<string>;
  /** Uncaught errors, errors on the console and violations of a policy, of whichever frame. */
  readonly faults: readonly string[];
}

/** Answered by VS Code's service worker inside the page: nothing of it reaches the network. */
const WEBVIEW_RESOURCES = /\.vscode-resource\.vscode-cdn\.net$/;
/** Our programs in a stack, though not those of the extensions that come with VS Code; our id; our commands and views. */
const OURS =
  /(?<!\/lib\/vscode\/extensions\/[\w-]+\/)dist\/(?:explorer|extension)\.js|safety-region-explorer\.safety-region-explorer|safetyRegions\./;
/**
 * Allowed is what VS Code's own scripts write of themselves, as long as it names nothing of ours: native modules and a
 * signing library that code-server comes without, accounts that nobody has, files whose reading a reload cut off,
 * participants that a slow machine kept waiting.
 */
const VSCODE_SCRIPT = /^http:\/\/127\.0\.0\.1:\d+\/stable-\w+\/static\/(?:out\/vs|node_modules)\//;

export function launchChromium(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    headless: true,
    args: [
      ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
      ...['--disable-background-networking', '--disable-component-update', '--disable-dev-shm-usage'],
      // Whatever tries to leave finds no name server.
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
  });
}

export async function openPage(
  browser: Browser,
  colorScheme: 'dark' | 'light' = 'dark',
): Promise<WatchedPage> {
  const context = await browser.newContext({
    viewport: { width: 1360, height: 900 },
    colorScheme,
    serviceWorkers: 'allow',
  });
  const external = new Set<string>();
  const faults: string[] = [];
  context.on('request', (request) => {
    const { protocol, hostname, origin, pathname } = new URL(request.url());
    const isNetwork = /^(https?|wss?):$/.test(protocol);
    if (isNetwork && hostname !== '127.0.0.1' && !WEBVIEW_RESOURCES.test(hostname))
      external.add(origin + pathname);
  });
  context.on('weberror', (error) => faults.push(String(error.error())));
  const page = await context.newPage();
  page.on('console', (message) => {
    const text = message.text();
    const isViolation = /Content Security Policy/i.test(text);
    const { url } = message.location();
    const isAllowed = VSCODE_SCRIPT.test(url) && !OURS.test(text);
    const isError = message.type() === 'error' && !isAllowed;
    if (process.env.SHOW_CONSOLE === '1') {
      console.log(`[${message.type()}] ${url.slice(-60)} ${text.slice(0, 400)}`);
    }
    if (isViolation || isError) faults.push(`${text} (${url})`);
  });
  return { page, external, faults };
}
