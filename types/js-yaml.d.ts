// The part of js-yaml 4.3 that we use; its published types end at 4.1, without the limits.
declare module 'js-yaml' {
  export class Type {
    readonly tag: string;
  }
  export class Schema {
    extend(types: { implicit?: Type[]; explicit?: Type[] }): Schema;
  }
  export class YAMLException extends Error {
    readonly reason: string;
    readonly mark?: { readonly line: number; readonly column: number };
  }
  export const CORE_SCHEMA: Schema;
  export const types: { readonly merge: Type };
  export function load(
    text: string,
    options?: { schema?: Schema; maxDepth?: number; maxTotalMergeKeys?: number },
  ): unknown;
}
