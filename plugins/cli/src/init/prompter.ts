import type { Readable, Writable } from 'node:stream';
import { checkbox, input, password, select } from '@inquirer/prompts';
import { InterruptedError } from '../errors.ts';

export interface Choice<Value> {
  readonly name: string;
  readonly value: Value;
}

/** How a question is asked. What is wrong with an answer is said at once. */
export interface Question {
  readonly message: string;
  readonly problemOf: (answer: string) => string | undefined;
}

/** Asks a person, one question after the other. All of it throws InterruptedError at Ctrl-C. */
export interface Prompter {
  choose<Value>(message: string, choices: readonly Choice<Value>[]): Promise<Value>;
  chooseSome<Value>(message: string, choices: readonly Choice<Value>[]): Promise<Value[]>;
  ask(question: Question): Promise<string>;
  /** What is typed is not shown, by no key. */
  askUnseen(question: Question): Promise<string>;
  say(line: string): void;
}

/** Asks in a terminal. */
export function terminalPrompter(terminal: { input: Readable; output: Writable }): Prompter {
  const validate = ({ problemOf }: Question) => {
    return (answer: string) => problemOf(answer) ?? true;
  };
  return {
    choose: (message, choices) => unlessInterrupted(select({ message, choices }, terminal)),
    chooseSome: (message, choices) =>
      unlessInterrupted(
        checkbox({ message, choices, pageSize: choices.length, loop: false }, terminal),
      ),
    ask: (question) =>
      unlessInterrupted(
        input({ message: question.message, validate: validate(question) }, terminal),
      ),
    askUnseen: (question) =>
      unlessInterrupted(
        password(
          { message: question.message, toggleMask: false, validate: validate(question) },
          terminal,
        ),
      ),
    say: (line) => {
      terminal.output.write(`${line}\n`);
    },
  };
}

async function unlessInterrupted<Answer>(answer: Promise<Answer>): Promise<Answer> {
  try {
    return await answer;
  } catch (error) {
    const { name } = error as Error;
    if (name === 'ExitPromptError' || name === 'AbortPromptError') throw new InterruptedError();
    throw error;
  }
}
