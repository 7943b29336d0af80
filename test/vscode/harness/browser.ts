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
const OURS = /dist\/(explorer|extension)\.js|safety-?region/i;

/** What VS Code itself writes on the console of a browser, and why; of errors that name us, nothing is allowed. */
const NOISE: readonly { readonly text: RegExp; readonly why: string }[] = [
  { text: /Could not locate the bindings file/, why: 'code-server comes without the native logger' },
  { text: /Cannot find module '\.\/build\/Release\/watchdog'/, why: 'nor with the native watchdog' },
  { text: /status of 404/, why: 'nor with the signing library of Microsoft (vsda)' },
  { text: /authentication provider '\w+' to register/, why: 'nobody is signed in anywhere' },
  { text: /^%c +ERR color: #\w+ \[lifecycle\]/, why: 'a window is reloaded while something is saved' },
  { text: /Canceled|Unable to (read|write) file|IndexedDB database/, why: 'a reload cuts off what is read' },
  {
    text: /Aborted onWillSaveTextDocument-event/,
    why: 'a save waits for all extensions, on a busy machine too long',
  },
];
const isNoise = (text: string): boolean => !OURS.test(text) && NOISE.some((noise) => noise.text.test(text));

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
    const isError = message.type() === 'error' && (OURS.test(message.location().url) || !isNoise(text));
    if (process.env.SHOW_CONSOLE === '1') {
      console.log(`[${message.type()}] ${message.location().url.slice(-60)} ${message.text().slice(0, 400)}`);
    }
    if (isViolation || isError) faults.push(`${text} (${message.location().url})`);
  });
  return { page, external, faults };
}
