import unhomoglyph from 'unhomoglyph';
import { InvalidCreationError, NameTakenError } from '../errors/lives.ts';
import type { AgentRecord } from './agent-record.ts';

// Who asks is known by these words, and parts of the company queue work of their own under these names.
const SOMEBODY_ELSE = ['owner', 'admin', 'system'];
const PARTS = ['lifecycle', 'akash', 'registry', 'resilience', 'router', 'tasks', 'treasury'];

/** Whether people take one name for the other: but for case, width, spaces and look-alike letters. */
export function isAlike(one: string, other: string): boolean {
  const seen = looksOf(one);
  return looksOf(other).some((look) => seen.includes(look));
}

/**
 * Holds the name of a new agent against those that live, and against words that mean somebody else.
 * @param roles by which agents are asked for, whether somebody has them or not
 * @throws NameTakenError, InvalidCreationError
 */
export function checkName(
  name: string,
  living: readonly Pick<AgentRecord, 'name' | 'role' | 'origin'>[],
  roles: readonly string[],
): void {
  const same = living.find((agent) => isAlike(agent.name, name));
  if (same) throw new NameTakenError({ name: same.name });
  const launched = living.flatMap(({ role, origin }) => (origin === 'launched' ? role : []));
  if ([...roles, ...launched].some((role) => isAlike(role, name)))
    throw misleading(`"${name}" is a role, by which others are asked for`);
  const [part = ''] = name.split('-');
  const isReserved =
    SOMEBODY_ELSE.some((word) => isAlike(word, name)) || PARTS.some((word) => isAlike(word, part));
  if (isReserved) throw misleading(`"${name}" means somebody else, or a part of the company`);
}

// A letter and its capital look like different ones of other scripts.
function looksOf(name: string): string[] {
  const plain = name.normalize('NFKC').trim().replaceAll(/\s+/g, ' ');
  return [plain, plain.toLowerCase()].map((text) => unhomoglyph(text).toLowerCase());
}

function misleading(why: string): InvalidCreationError {
  return new InvalidCreationError({ field: 'name', problem: `${why}: choose another name` });
}
