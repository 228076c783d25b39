/** How much and how long is read of content that a stranger wrote. */
export interface ReadLimits {
  readonly maxBytes: number;
  readonly timeoutMs: number;
}

/** Content by its hash. Errors: ContentUnreachableError (retryable), and those of each method. */
export interface ContentStore {
  /**
   * Keeps and pins bytes.
   * @returns the CID, version 1, reckoned here and confirmed by the server
   * @throws ContentMismatchError when the server names another one
   */
  add(bytes: Uint8Array): Promise<string>;
  /** Nothing happens when it is not pinned. */
  unpin(cid: string): Promise<void>;
  /**
   * The bytes of a file, each block checked against its hash.
   * @throws ContentMismatchError, ContentTooLargeError, InvalidContentError
   */
  read(cid: string, limits: ReadLimits): Promise<Uint8Array>;
}

/** Content of the public web, which nobody vouches for. */
export interface WebReader {
  /** @throws ContentUnreachableError, ContentTooLargeError, ForbiddenAddressError */
  read(url: string, limits: ReadLimits): Promise<Uint8Array>;
}
