/** What an agent can say of itself. */
export interface SelfPortrait {
  readonly name: string;
  readonly bio: string;
  /** What it does by rules, one a line. */
  readonly abilities: readonly string[];
  /** What the person may type, one a line. */
  readonly commands: string;
}

const WITHOUT_ADDRESS = /^(?:[@\w]+[,:]\s+)?/;

/** An answer to small talk from the agent's own data, or undefined for anything else. */
export function smallTalk(text: string, self: SelfPortrait): string | undefined {
  const said = text.trim().replace(WITHOUT_ADDRESS, '');
  if (said.length > 80) return undefined;
  return TOPICS.find(({ pattern }) => pattern.test(said))?.answer(self);
}

const WHO = '(?: there| all| everyone| again| (?:[A-Z]{2,4} )?[A-Z]\\w+)?';
const END = '[\\s!.?,:)]*$';

const TOPICS: readonly { pattern: RegExp; answer: (self: SelfPortrait) => string }[] = [
  {
    pattern: new RegExp(
      `^(?:hi|hello|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day))${WHO}${END}`,
      'i',
    ),
    answer: ({ name, bio }) =>
      `Hello, I am ${name}. ${sentence(bio)}Ask "what can you do?" or type /help to see what I can do.`,
  },
  {
    pattern: new RegExp(
      `^(?:thanks|thank you|thx|cheers)(?: a lot| very much| so much)?${WHO}${END}`,
      'i',
    ),
    answer: () => 'You are welcome.',
  },
  {
    pattern: new RegExp(`^(?:bye|goodbye|good night|see you)${WHO}${END}`, 'i'),
    answer: ({ name }) => `Goodbye. ${name} is here when you need something.`,
  },
  {
    pattern: new RegExp(
      `^(?:who are you|what are you|what(?:'|’)?s your name|what is your name|introduce yourself|tell me about yourself)${END}`,
      'i',
    ),
    answer: ({ name, bio }) => `I am ${name}. ${sentence(bio)}`.trim(),
  },
  {
    pattern: new RegExp(
      `^(?:help|help me|what can you do(?: for me)?|what do you do|how can you help(?: me)?|what can i ask(?: you)?)${END}`,
      'i',
    ),
    answer: describeAbilities,
  },
];

function describeAbilities({ name, bio, abilities, commands }: SelfPortrait): string {
  const does =
    abilities.length === 0 ? [] : ['', 'I can:', ...abilities.map((line) => `- ${line}`)];
  const types = commands === '' ? [] : ['', 'You can also type:', commands];
  return [`I am ${name}. ${sentence(bio)}`.trim(), ...does, ...types].join('\n');
}

function sentence(bio: string): string {
  const text = bio.trim();
  if (text === '') return '';
  return /[.!?]$/.test(text) ? `${text} ` : `${text}. `;
}
