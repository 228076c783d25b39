/** Where outputs are written. */
export interface OutputFolder {
  /**
   * Writes a text under a name and never over another one: when there is a file of that name with
   * something else in it, the next free number is added. Returns the path.
   * @throws OutputFolderError
   */
  write(name: string, text: string): Promise<string>;
}
