import type { OnProgress } from './download.ts';
import { megabytes } from './units.ts';

const LINES = 10;
const PERCENT = 100;

/**
 * Tells how far a download is: on one line that is written over in a terminal, on a line for each tenth
 * elsewhere.
 */
export function tellProgress(
  name: string,
  { isTerminal, write }: { isTerminal: boolean; write: (text: string) => void },
): OnProgress {
  const steps = isTerminal ? PERCENT : LINES;
  let told = -1;
  return (doneBytes, ofBytes) => {
    const step = Math.floor((doneBytes / ofBytes) * steps);
    if (step === told) return;
    told = step;
    const percent = Math.floor((doneBytes / ofBytes) * PERCENT);
    const text = `${name}: ${percent} % (${megabytes(doneBytes)} of ${megabytes(ofBytes)})`;
    const isDone = doneBytes >= ofBytes;
    write(isTerminal ? `\r${text}${isDone ? '\n' : ''}` : `${text}\n`);
  };
}
