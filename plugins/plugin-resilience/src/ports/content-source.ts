import type { Content } from '../domain/contents/content.ts';

/** Something that a content can be made from. */
export interface Shareable {
  /** Unique in its source, such as the path of a file. */
  readonly key: string;
  /** Changes when it does; what has not changed is not read again. */
  readonly version: string;
  read(): Promise<Omit<Content, 'origin'>>;
}

/** Where contents come from. */
export interface ContentSource {
  /** Such as `file`. */
  readonly name: string;
  /** All that there is now; what is missing is forgotten. */
  list(): Promise<Shareable[]>;
}
