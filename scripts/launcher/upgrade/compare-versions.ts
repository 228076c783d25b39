import { z } from 'zod';

/** `major.minor.patch`. */
export const versionText = z.string().regex(/^\d+\.\d+\.\d+$/);

/** The first version that was released; it did not yet say in the data that it wrote it. */
export const FIRST_VERSION = '0.1.0';

/** What the data of a version is to a program of another one. */
export type Age = 'same' | 'older' | 'newer';

/** How old data is that `writer` wrote, for `program`; both `major.minor.patch`. */
export function ageOf(writer: string, program: string): Age {
  const [ours, theirs] = [program, writer].map((version) => version.split('.').map(Number));
  const [first] =
    ours?.map((part, index) => Math.sign(part - (theirs?.[index] ?? 0))).filter(Boolean) ?? [];
  if (first === undefined) return 'same';
  return first > 0 ? 'older' : 'newer';
}
