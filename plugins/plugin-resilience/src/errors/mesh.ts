import { BaseError } from '@371os/kernel';

/** A node of the mesh that cannot be reached now, or did not answer in time. */
export class PeerAwayError extends BaseError {
  constructor({ peer, why, cause }: { peer: string; why: string; cause?: unknown }) {
    super(`The node ${peer} cannot be reached: ${why}. It is tried again by itself.`, {
      cause,
      isRetryable: true,
      details: { peer },
    });
  }
}

/** A node that was reached, and would not do what it was asked. */
export class PeerRefusesError extends BaseError {
  constructor({ peer, problem, cause }: { peer: string; problem: string; cause?: unknown }) {
    super(`The node ${peer} refuses: ${problem}`, { cause, details: { peer } });
  }
}

/** A node that answered with what nobody can read. */
export class PeerNonsenseError extends BaseError {
  constructor({ peer, problem, cause }: { peer: string; problem: string; cause?: unknown }) {
    super(
      `The node ${peer} answered with what cannot be read (${problem}). Check that it runs the same version.`,
      { cause, details: { peer } },
    );
  }
}

/** Something that is too long for a message of the mesh. */
export class MessageTooBigError extends BaseError {
  constructor({ bytes, most }: { bytes: number; most: number }) {
    super(
      `This is too long for the mesh: ${String(bytes)} bytes, of ${String(most)} at most. Send it in parts.`,
      { details: { bytes, most } },
    );
  }
}

/** This node cannot listen where it should. */
export class MeshListenError extends BaseError {
  constructor({ address, cause }: { address: string; cause: unknown }) {
    super(
      `The mesh cannot listen on ${address}: choose another address in RESILIENCE_MESH_LISTEN, or stop what uses it.`,
      { cause, isRetryable: true, details: { address } },
    );
  }
}

/** The mesh is not running in this process. */
export class NoMeshError extends BaseError {
  constructor() {
    super(
      'This node is in no mesh now: set RESILIENCE_MESH_KEY on all nodes, or ask the process that leads.',
      { isRetryable: true },
    );
  }
}
