const TIMEOUT_MS = 30_000;
const PAUSE_MS = 50;

/**
 * Asks again until a check holds: a page is filled piece by piece, and what is read from it at one moment may be half.
 * @throws what the check threw last, when 30 s have passed
 */
export async function eventually(check: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + TIMEOUT_MS;
  for (;;) {
    try {
      await check();
      return;
    } catch (thrown) {
      if (Date.now() > deadline) throw thrown;
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }
}
