const PREFIX = 'agent.';

/**
 * The queue of an agent's tasks. Two agents never share one: what a queue's name cannot hold, and
 * the sign that stands for it, is written as its code.
 */
export function queueOf(agent: string): string {
  return (
    PREFIX +
    agent.replace(/[^A-Za-z0-9-]/gu, (sign) => `_${(sign.codePointAt(0) ?? 0).toString(16)}_`)
  );
}
