import { lexer, type Token, type Tokens } from 'marked';
import type { Outline } from '../domain/output-problems.ts';

/** The headings and code blocks of a text in Markdown, as `marked` reads it. */
export function outlineOf(markdown: string): Outline {
  const tokens = lexer(markdown).filter(({ type }) => type !== 'space');
  return {
    headings: tokens.flatMap((token, index) =>
      isHeading(token)
        ? [{ text: token.text, hasContent: hasContent(token, tokens.slice(index + 1)) }]
        : [],
    ),
    blocks: tokens.filter(isCode).map(({ lang = '', text }) => ({
      language: lang.trim().split(/\s/)[0]?.toLowerCase() ?? '',
      text,
    })),
  };
}

// What stands below it before the next heading that is not a part of it.
function hasContent({ depth }: Tokens.Heading, following: readonly Token[]): boolean {
  const end = following.findIndex((token) => isHeading(token) && token.depth <= depth);
  const own = end < 0 ? following : following.slice(0, end);
  return own.some((token) => !isHeading(token) && token.type !== 'hr' && token.raw.trim() !== '');
}

function isHeading(token: Token): token is Tokens.Heading {
  return token.type === 'heading';
}

function isCode(token: Token): token is Tokens.Code {
  return token.type === 'code';
}
