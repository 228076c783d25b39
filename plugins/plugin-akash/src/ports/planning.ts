import type { SpecFields } from '../domain/deployment-spec.ts';
import type { CompiledSdl } from '../domain/sdl/compiled.ts';
import type { Sdl } from '../domain/sdl/schema.ts';

/** Makes of an SDL what chain and provider get, as the Go tools of Akash do. */
export interface SdlCompiler {
  /** The value of an SDL's text. @throws UnreadableSdlError */
  parse(text: string): unknown;
  /** @throws InvalidSdlError where the parts of it do not fit together */
  compile(sdl: Sdl): CompiledSdl;
}

/** SDL files that people have put where they may be deployed from. */
export interface SdlFiles {
  /** The text of a file, by its path below the folder. @throws SdlFileError */
  read(path: string): Promise<string>;
}

/** Understands words that no rule reads. */
export interface SpecFiller {
  /**
   * Fields that these words of a message set, among those asked for; none when there is nobody to
   * ask. What it returns is not checked yet.
   */
  fill(words: readonly string[], open: readonly (keyof SpecFields)[]): Promise<SpecFields>;
}
