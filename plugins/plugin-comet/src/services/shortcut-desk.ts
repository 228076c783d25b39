import { currentConversation, type Principal } from '@371os/kernel';
import { formRules } from '../domain/output-words.ts';
import { fillPrompt, type Shortcut } from '../domain/shortcut.ts';
import { PromptTooLongError } from '../errors/shortcuts.ts';
import type { Deliveries, WantedPlace } from './deliveries.ts';
import type { ShortcutRuns } from './shortcut-runs.ts';

/** A shortcut with its arguments, and who wants it where. */
export interface ShortcutAsked {
  readonly shortcut: Shortcut;
  readonly values: Readonly<Record<string, string>>;
  readonly place: Omit<WantedPlace, 'usual'>;
  readonly requester: Principal;
  readonly roomId: string;
}

export interface ShortcutDeskInit {
  readonly runs: ShortcutRuns;
  readonly deliveries: Deliveries;
  /** The longest message that an agent reads. */
  readonly limitBytes: number;
}

// What mending an output adds to the prompt.
const SPARE_BYTES = 3_000;

/** Takes orders for shortcuts. */
export class ShortcutDesk {
  readonly #init: ShortcutDeskInit;

  constructor(init: ShortcutDeskInit) {
    this.#init = init;
  }

  /**
   * Runs a shortcut and returns the answer.
   * @throws PromptTooLongError, what its place is refused with, UnusableOutputError
   */
  async run({ shortcut, values, place, requester, roomId }: ShortcutAsked): Promise<string> {
    const { runs, deliveries, limitBytes } = this.#init;
    const { name, takes, format, sections, office, destination: usual } = shortcut;
    const isConfidential = currentConversation()?.isConfidential ?? false;
    const where = deliveries.place({ ...place, usual }, requester, isConfidential);
    const prompt = fillPrompt(shortcut, values);
    const sizeBytes = Buffer.byteLength(prompt + formRules(shortcut)) + SPARE_BYTES;
    if (sizeBytes > limitBytes) throw new PromptTooLongError({ name, sizeBytes, limitBytes });
    const subject = values[takes[0]?.name ?? ''] ?? '';
    const order = { prompt, format, sections: [...sections], office, subject, ...where };
    return runs.run({ shortcut: name, order, requester, roomId });
  }
}
