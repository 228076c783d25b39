const WAIT_MS = 30_000;
const POLL_MS = 100;

/** Repeats a check until it holds, for at most 30 s or `waitMs`; for what another process does in its own time. */
export async function eventually(check: () => Promise<void>, waitMs = WAIT_MS): Promise<void> {
  const deadline = Date.now() + waitMs;
  for (;;) {
    try {
      await check();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await new Promise((done) => setTimeout(done, POLL_MS));
    }
  }
}
