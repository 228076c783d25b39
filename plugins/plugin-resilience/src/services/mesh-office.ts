import { every } from '@371os/kernel';
import type { Mesh } from '../ports/mesh.ts';
import type { NodeStore } from '../store/node-store.ts';
import type { Leadership } from './leadership.ts';

export interface MeshOfficeInit {
  readonly leadership: Pick<Leadership, 'epoch'>;
  readonly store: Pick<NodeStore, 'save'>;
  /** Makes the mesh anew at each start, with what is known then. */
  readonly open: () => Promise<Mesh>;
  /** Does what the mesh is for, from its start to its stop. */
  readonly onStart: (mesh: Mesh) => () => void;
  readonly onError: (error: unknown) => void;
}

const LOOK_MS = 1_000;
const SAVE_MS = 4_000;

/**
 * Has this node in the mesh while this process leads, by one process of it. A mesh that could not
 * begin, since its address is taken, say, is tried again.
 */
export class MeshOffice {
  readonly #init: MeshOfficeInit;
  #mesh: Mesh | undefined;
  #endWork: (() => void) | undefined;
  #endLooking: (() => void) | undefined;
  #looking: Promise<void> = Promise.resolve();
  #problem = '';

  constructor(init: MeshOfficeInit) {
    this.#init = init;
  }

  /** The mesh while this process is in it. */
  get mesh(): Mesh | undefined {
    return this.#mesh;
  }

  start(): void {
    this.#endLooking ??= every(
      LOOK_MS,
      () => (this.#looking = this.#look()),
      (error) => {
        // Once for each problem, not once a second.
        if (String(error) !== this.#problem) this.#init.onError(error);
        this.#problem = String(error);
      },
    );
  }

  async stop(): Promise<void> {
    this.#endLooking?.();
    this.#endLooking = undefined;
    await this.#looking.catch(() => undefined);
    await this.#leave();
  }

  async #look(): Promise<void> {
    const leads = this.#init.leadership.epoch !== undefined;
    if (leads && !this.#mesh) await this.#enter();
    if (!leads && this.#mesh) await this.#leave();
  }

  async #enter(): Promise<void> {
    const mesh = await this.#init.open();
    await mesh.start();
    this.#problem = '';
    this.#mesh = mesh;
    const { store, onStart, onError } = this.#init;
    const save = (): Promise<void> => store.save(mesh.peers());
    const endSaving = every(SAVE_MS, save, onError);
    const endListening = mesh.onChange(() => {
      save().catch(onError);
    });
    const endWork = onStart(mesh);
    this.#endWork = () => {
      endWork();
      endListening();
      endSaving();
    };
  }

  async #leave(): Promise<void> {
    this.#endWork?.();
    this.#endWork = undefined;
    const mesh = this.#mesh;
    this.#mesh = undefined;
    await mesh?.stop();
  }
}
