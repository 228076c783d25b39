import { complain, type Company } from './launch.ts';

const FORCE_AFTER_MS = 30_000;

/** Stops a company on the first signal that asks for it, and ends the process, within 30 s. */
export function endOnSignal(
  company: Company,
  told: { readonly onSignal: (signal: string) => void; readonly onStopped: () => void },
): void {
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => {
      told.onSignal(signal);
      setTimeout(() => process.exit(1), FORCE_AFTER_MS).unref();
      company.stop().then(
        () => {
          told.onStopped();
          process.exit(0);
        },
        (error: unknown) => {
          process.stderr.write(`${complain(error)}\n`);
          process.exit(1);
        },
      );
    });
}
