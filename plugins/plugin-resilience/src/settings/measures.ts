import { integerSetting, listSetting } from '@371os/kernel';
import { z } from 'zod';
import { DEPENDENCY_CLASSES, type DependencyClass } from '../domain/dependency-class.ts';

const known: readonly string[] = DEPENDENCY_CLASSES;

function isClass(name: string): name is DependencyClass {
  return known.includes(name);
}

/** Settings of what is measured. */
export const measuresSettings = z.object({
  /** How often the leader measures, in milliseconds. */
  RESILIENCE_MEASURE_MS: integerSetting(1_000, 3_600_000).default(60_000),
  /** How long what was measured is kept, in days. */
  RESILIENCE_KEEP_DAYS: integerSetting(1, 3_650).default(30),
  /** Where this node is; its agents fail together with others there. */
  RESILIENCE_REGION: z.string().trim().min(1).max(64).default('where this node is'),
  /** The classes without which the company does not work, with commas between them. */
  RESILIENCE_CRITICAL: listSetting
    .pipe(
      z.array(
        z.custom<DependencyClass>(
          (name) => isClass(String(name)),
          `some of these are expected: ${known.join(', ')}`,
        ),
      ),
    )
    .prefault('model provider, compute provider, database'),
  /** Capabilities, as the report names them, that redundancy is judged by, with commas between them; all by default. */
  RESILIENCE_CRITICAL_CAPABILITIES: listSetting.prefault(''),
});

export type MeasuresSettings = Readonly<z.output<typeof measuresSettings>>;
