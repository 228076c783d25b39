import type { IAgentRuntime } from '@elizaos/core';
import { currentConversation, listCommands, ruleOf, SYSTEM } from '@371os/kernel';
import { answerFor, emptyReflection, writeResponse } from '../domain/eliza-response.ts';
import { pickRule, type RuleEntry } from '../domain/pick-rule.ts';
import type { PromptKind } from '../domain/prompt-kind.ts';
import { actionsOffered, decisionActions, messageIn, stepResults } from '../domain/read-prompt.ts';
import { smallTalk } from '../domain/small-talk.ts';

export const RULES_MODEL = 'embedded:rules';

const THOUGHT = 'A rule fits this message.';
const SMALL_TALK = 'This is small talk.';
const PARAMETER = /^[a-zA-Z][\w-]*$/;
const OWN_TAGS = ['response', 'thought', 'actions', 'providers', 'evaluators', 'text', 'simple'];

/**
 * The model of last resort: it picks actions by their own rules and answers small talk from the
 * agent's own data. It reads ElizaOS's prompts and writes what they ask for.
 */
export class EmbeddedRules {
  readonly #runtime: IAgentRuntime;

  constructor(runtime: IAgentRuntime) {
    this.#runtime = runtime;
  }

  /** The answer in the form that the prompt asks for; undefined when no rule can give one. */
  answer(kind: PromptKind, prompt: string): string | undefined {
    const text = currentConversation()?.text ?? messageIn(prompt);
    switch (kind) {
      case 'should-respond':
        return this.#decideToRespond(text, prompt);
      case 'dialog':
        return this.#pickAction(text, prompt) ?? this.#smallTalk(kind, text);
      case 'decision':
        return this.#nextStep(text, prompt);
      case 'summary':
        return this.#summary(prompt) ?? this.#smallTalk(kind, text);
      case 'reply':
        return this.#smallTalk(kind, text);
      case 'reflection':
        return emptyReflection('Reflecting takes a language model.');
      case 'other':
        return undefined;
    }
  }

  #pickAction(text: string, prompt: string): string | undefined {
    const pick = pickRule(this.#entries(actionsOffered(prompt)), text);
    if (!pick) return undefined;
    const parameters = Object.entries(pick.parameters).filter(
      ([name]) => PARAMETER.test(name) && !OWN_TAGS.includes(name),
    );
    return writeResponse({
      thought: THOUGHT,
      actions: pick.name,
      providers: '',
      text: '',
      ...Object.fromEntries(parameters),
    });
  }

  #nextStep(text: string, prompt: string): string | undefined {
    const hasActed = stepResults(prompt).length > 0;
    const pick = hasActed ? undefined : pickRule(this.#entries(decisionActions(prompt)), text);
    if (!pick) return answerFor('decision', 'There is nothing left to do by rules.', '');
    return writeResponse({
      thought: THOUGHT,
      action: pick.name,
      parameters: JSON.stringify(pick.parameters),
      providers: '',
      isFinish: 'false',
    });
  }

  #summary(prompt: string): string | undefined {
    const said = stepResults(prompt).filter((result) => result !== '');
    return said.length === 0 ? undefined : answerFor('summary', THOUGHT, said.join('\n\n'));
  }

  #decideToRespond(text: string, prompt: string): string {
    const { name } = this.#runtime.character;
    const isConcerned =
      isAddressed(text, name) ||
      pickRule(this.#entries(actionsOffered(prompt)), text) !== undefined;
    const reasoning = isConcerned ? 'It is addressed to me or a rule fits.' : 'It is not for me.';
    return writeResponse({ name, reasoning, action: isConcerned ? 'RESPOND' : 'IGNORE' });
  }

  #smallTalk(kind: PromptKind, text: string): string | undefined {
    const { name, bio } = this.#runtime.character;
    const principal = currentConversation()?.principal ?? SYSTEM;
    const answer = smallTalk(text, {
      name,
      bio: Array.isArray(bio) ? bio.join(' ') : bio,
      abilities: this.#runtime.actions
        .filter((action) => ruleOf(action))
        .map(({ description }) => description),
      commands: listCommands(this.#runtime, principal),
    });
    return answer === undefined ? undefined : answerFor(kind, SMALL_TALK, answer);
  }

  #entries(offered: readonly string[]): RuleEntry[] {
    const { actions, character } = this.#runtime;
    return actions.flatMap((action) => {
      const rule = ruleOf(action);
      if (!rule || !offered.includes(action.name)) return [];
      const priority = Number(action['rulePriority'] ?? 0);
      return [{ name: action.name, rule: (text) => rule(text, character.name), priority }];
    });
  }
}

/** Whether a message names the agent, by its full name or a distinctive part of it. */
function isAddressed(text: string, name: string): boolean {
  const words = text.toLowerCase().split(/[^\p{L}\p{N}]+/u);
  return name
    .toLowerCase()
    .split(/\s+/)
    .some((part) => part.length > 2 && words.includes(part));
}
