/** Chromium with a page, and a record of what must not happen: requests to elsewhere, errors, CSP violations. */
import { chromium, type Browser, type Page } from 'playwright-core';

export interface WatchedPage {
  readonly page: Page;
  /** Requests that left this machine. */
  readonly external: ReadonlySet<string>;
  /** Uncaught errors, console errors and policy violations of our webview. */
  readonly faults: readonly string[];
}

/** Answered by VS Code's service worker inside the page: nothing of it reaches the network. */
const WEBVIEW_RESOURCES = /\.vscode-resource\.vscode-cdn\.net$/;
const OUR_WEBVIEW = /dist\/explorer\.js|safety-region-explorer/;

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
    const isViolation = /Content Security Policy/i.test(message.text());
    const isOurs = OUR_WEBVIEW.test(message.location().url);
    if (process.env.SHOW_CONSOLE === '1') {
      console.log(`[${message.type()}] ${message.location().url.slice(-60)} ${message.text().slice(0, 400)}`);
    }
    if (isViolation || (isOurs && message.type() === 'error')) faults.push(message.text());
  });
  return { page, external, faults };
}
