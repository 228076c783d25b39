/** A program that stands for an image: what runs when somebody deploys it. */
export interface ImageProgram {
  /** Arguments of Node, the script first. */
  readonly args: readonly string[];
  /** Where it runs. */
  readonly workingDirectory: string;
  /** Variables that it is told its port and the directory of its own data by. */
  readonly portVariable: string;
  readonly dataVariable: string;
  /** Variables that it always has. */
  readonly fixedVariables?: Readonly<Record<string, string>>;
  /**
   * Variables of a manifest that are passed on. Nothing else of a manifest reaches a process: no
   * command, no argument, and no variable that could change how Node or the system loads code.
   */
  readonly allowedVariables: readonly string[];
}

/** Programs by the name of their image, without tag. */
export type KnownImages = Readonly<Record<string, ImageProgram>>;

/** The program for an image; nothing for one that only the stand-in can stand for. */
export function programFor(images: KnownImages, image: string): ImageProgram | undefined {
  const name = image.replace(/@.*$/, '').replace(/:[^/]*$/, '');
  return Object.hasOwn(images, name) ? images[name] : undefined;
}

/** Of `NAME=value` pairs, those that a program may have. */
export function allowedVariables(
  { allowedVariables: allowed }: ImageProgram,
  env: readonly string[],
): Record<string, string> {
  const pairs = env.map(
    (pair) => [pair.split('=')[0] ?? '', pair.replace(/^[^=]*=?/, '')] as const,
  );
  return Object.fromEntries(pairs.filter(([name]) => allowed.includes(name)));
}
