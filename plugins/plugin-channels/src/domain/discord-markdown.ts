import { lexer, type Token, type Tokens } from 'marked';
import { splitMessage } from './split-message.ts';

// UTF-16 units (https://discord.com/developers/docs/resources/message#create-message).
const LONGEST_MESSAGE = 2_000;
const MOST_DEPTH = 8;
const LOWEST_HEADING = 3;
// Longer code in a line is written as several, so that no cut leaves a half of one.
const LONGEST_CODE = 200;
// Shown as nothing, and keeps apart what Discord would take together.
const APART = '\u200b';
const FENCE = '```';

/**
 * Markdown as messages that Discord takes and shows as meant, of at most 2,000 UTF-16 units each. Tags
 * that somebody has written are shown, not obeyed; nobody is mentioned; an address stands beside its
 * link's text, which may be a stranger's.
 */
export function discordPieces(markdown: string): string[] {
  const text = blocks(lexer(markdown.toWellFormed(), { gfm: true }), 0);
  return splitMessage(withoutMentions(text), LONGEST_MESSAGE).filter((piece) =>
    /[^\s\u200b]/.test(piece),
  );
}

// Everybody, a person, a role, a channel, a command, and the pages of a server.
const MENTION = /@(?=everyone|here)|<(?=@[!&]?\d|#\d|\/[^<>]*:\d|id:)/gi;

function withoutMentions(text: string): string {
  return text.replace(MENTION, `$&${APART}`);
}

// --- Blocks

function blocks(tokens: readonly Token[], depth: number): string {
  return written(tokens, depth).join('\n\n');
}

function written(tokens: readonly Token[], depth: number): string[] {
  return tokens.map((token) => block(token, depth)).filter((text) => text !== '');
}

function block(token: Token, depth: number): string {
  // Nothing that people write goes deeper.
  if (depth > MOST_DEPTH) return plain(token.raw.trim());
  switch (token.type) {
    case 'space':
      return '';
    case 'heading':
      return heading(token as Tokens.Heading, depth);
    case 'code':
      return code(token as Tokens.Code);
    case 'blockquote':
      return quote(token as Tokens.Blockquote, depth);
    case 'list':
      return list(token as Tokens.List, depth);
    case 'hr':
      return '———';
    case 'table':
      return fenced('', token.raw.trim());
    case 'paragraph':
    case 'text':
      return inline((token as Tokens.Text).tokens ?? [token], depth);
    default:
      return plain(token.raw.trim());
  }
}

function heading({ depth: level, tokens }: Tokens.Heading, depth: number): string {
  const marks = '#'.repeat(Math.min(level, LOWEST_HEADING));
  return `${marks} ${inline(tokens, depth).replaceAll('\n', ' ')}`;
}

function code({ lang = '', text }: Tokens.Code): string {
  const isLanguage = /^[\w+#.-]{0,30}$/.test(lang);
  return isLanguage ? fenced(lang, text) : fenced('', `${lang}\n${text}`);
}

// Discord ends a block at the next fence, wherever in a line that is, and knows no other fences.
function fenced(language: string, text: string): string {
  if (text.trim() === '') return plain(language);
  const body = text.replace(/`(?=``)/g, `\`${APART}`).replace(/``(?=\n|$)/g, `\`${APART}\``);
  return [`${FENCE}${language}`, body, FENCE].join('\n');
}

// Discord has no quotes within quotes; a block of code stands between them.
function quote({ tokens }: Tokens.Blockquote, depth: number): string {
  return tokens
    .map((token) => {
      const text = block(token, depth + 1);
      const isPlain = token.type !== 'blockquote' && !text.includes(FENCE);
      return isPlain ? text.replace(/^(?=.)/gm, '> ') : text;
    })
    .filter((text) => text !== '')
    .join('\n');
}

function list({ items, ordered }: Tokens.List, depth: number): string {
  return items
    .map((item) => {
      const mark = ordered ? `${/\d+/.exec(item.raw)?.[0] ?? '1'}.` : '-';
      const box = item.task ? (item.checked ? '[x] ' : '[ ] ') : '';
      const body = written(item.tokens, depth + 1).join('\n');
      return `${'  '.repeat(depth)}${mark} ${box}${body}`;
    })
    .join('\n');
}

// --- What is in a line

function inline(tokens: readonly Token[], depth: number): string {
  return tokens.map((token) => span(token, depth)).join('');
}

function span(token: Token, depth: number): string {
  if (depth > MOST_DEPTH) return plain(token.raw);
  const inner = (): string => inline((token as Tokens.Generic).tokens ?? [], depth + 1);
  switch (token.type) {
    case 'strong':
      return `**${inner()}**`;
    case 'em':
      return `*${inner()}*`;
    case 'del':
      return `~~${inner()}~~`;
    case 'codespan':
      return codeInLine((token as Tokens.Codespan).text);
    case 'br':
      return '\n';
    case 'link':
      return link(token as Tokens.Link, inner());
    case 'image':
      return link(token as Tokens.Image, plain((token as Tokens.Image).text));
    case 'escape':
      return `\\${(token as Tokens.Escape).text}`;
    case 'text':
      return (token as Tokens.Text).tokens ? inner() : plain((token as Tokens.Text).text);
    default:
      return plain(token.raw);
  }
}

function codeInLine(text: string): string {
  const line = text.replaceAll('\n', ' ').replace(/`(?=`)/g, `\`${APART}`);
  const parts = splitMessage(line, LONGEST_CODE);
  return (parts.length > 1 ? parts : [line])
    .map((part) => (part.includes('`') ? `\`\` ${part} \`\`` : `\`${part}\``))
    .join(APART);
}

function link({ raw, href, text, title }: Tokens.Link | Tokens.Image, shown: string): string {
  if (raw === href || text === href) return plain(raw.replace(/^<|>$/g, ''));
  const address = WHOLE_ADDRESS.test(href) ? `<${href}>` : plain(href);
  return `${shown} (${[address, ...(title ? [plain(title)] : [])].join(' ')})`;
}

// What Discord would read as markup, where Markdown has read none. An underscore within a word is none.
const MARKUP = /[\\*`[]|(?<![\p{L}\p{N}])_|_(?![\p{L}\p{N}])|~(?=~)|(?<=~)~|\|(?=\|)|(?<=\|)\|/gu;
// Addresses are left as they are, but for what in them could be more than that.
const ADDRESS = /(https?:\/\/[^\s<>"'`[\]|\\]+)/;
const WHOLE_ADDRESS = new RegExp(`^${ADDRESS.source}$`);

function plain(text: string): string {
  return text
    .split(ADDRESS)
    .map((part, index) => (index % 2 === 1 ? part : part.replace(MARKUP, String.raw`\$&`)))
    .join('');
}
