import { hasRole, requireRole, type Principal } from '@371os/kernel';
import { isTracker, readDestination, type Destination } from '../domain/destination.ts';
import { defaultFileName, readFileName } from '../domain/file-name.ts';
import type { Run } from '../domain/run.ts';
import {
  BadDestinationError,
  BadFileNameError,
  ConfidentialOutputError,
} from '../errors/output.ts';
import type { OutputFolder } from '../ports/output-folder.ts';
import type { IssueDesk } from './issue-desk.ts';

/** Where somebody wants an output. */
export interface WantedPlace {
  /** What the shortcut's file says. */
  readonly usual: Destination;
  /** What was typed instead, with `--to` and `--file`. */
  readonly to?: string | undefined;
  readonly file?: string | undefined;
}

/** A place that an output may go to. */
export interface Place {
  readonly destination: Destination;
  readonly fileName?: string | undefined;
}

export interface DeliveriesInit {
  readonly folder: OutputFolder;
  readonly issues: Pick<IssueDesk, 'check' | 'ask'>;
}

/** Brings outputs where they belong. */
export class Deliveries {
  readonly #init: DeliveriesInit;

  constructor(init: DeliveriesInit) {
    this.#init = init;
  }

  /**
   * Where an output goes, before anything is spent on it. What a shortcut does usually and the asker
   * may not have is told in the room instead.
   * @throws NoTrackerError, BadDestinationError, BadFileNameError, NotPermittedError, ConfidentialOutputError
   */
  place({ usual, to, file }: WantedPlace, by: Principal, isConfidential: boolean): Place {
    const typed = to ?? (file === undefined ? undefined : 'file');
    const isUsual = typed === undefined;
    if (isUsual && (usual === 'room' || !hasRole(by, 'admin'))) return { destination: 'room' };
    const { issues } = this.#init;
    const destination = readDestination(typed ?? usual);
    if (typeof destination !== 'string')
      throw new BadDestinationError({ destination: typed ?? usual, ...destination });
    if (destination !== 'room')
      requireRole(by, 'admin', `have an output put into a ${destination}`);
    if (isTracker(destination)) {
      if (isConfidential) throw new ConfidentialOutputError();
      issues.check(destination);
    }
    const fileName = file === undefined ? undefined : readFileName(file);
    if (file !== undefined && fileName === undefined) throw new BadFileNameError({ name: file });
    return { destination, fileName };
  }

  /** Brings an output to its place. Returns where it is, in words; nothing when it is to be said. */
  async deliver(run: Run): Promise<string | undefined> {
    const { id, shortcut, order, output } = run;
    if (order.destination === 'room') return undefined;
    if (isTracker(order.destination)) return this.#init.issues.ask(run, order.destination);
    const name = order.fileName ?? defaultFileName(shortcut, order.subject, id);
    const path = await this.#init.folder.write(name, `${output.trim()}\n`);
    return `The output of /${shortcut} is checked and in ${path}.`;
  }
}
