import { lexer, type Token, type Tokens } from 'marked';
import { splitMessage } from '../../domain/split-message.ts';

/**
 * Markdown as the HTML that Telegram takes (https://core.telegram.org/bots/api#html-style). Tags that
 * somebody has written are shown, not obeyed, and an address stands beside its link's text.
 */
export function telegramHtml(markdown: string): string {
  return blocks(lexer(markdown, { gfm: true }), 0);
}

/** In UTF-16 units after the markup is read (https://core.telegram.org/bots/api#sendmessage). */
export const LONGEST_MESSAGE = 4_096;
// Nothing that is as short as this becomes too long.
const SHORTEST_LIMIT = 200;

/** A text for one message, and the same as HTML. */
export interface TelegramPiece {
  readonly text: string;
  /** None where the Markdown cannot be read. */
  readonly html?: string;
}

/** Markdown as messages that Telegram takes: none is longer than that once its markup is read. */
export function telegramPieces(markdown: string, limit = LONGEST_MESSAGE): TelegramPiece[] {
  return splitMessage(markdown, limit).flatMap((text) => {
    const html = telegramHtml(text);
    // Numbers, indents and gaps between blocks may be more than what was written for them.
    const isLonger = limit > SHORTEST_LIMIT && visibleLength(html) > LONGEST_MESSAGE;
    return isLonger ? telegramPieces(text, Math.floor(limit / 2)) : [{ text, html }];
  });
}

function visibleLength(html: string): number {
  return html.replace(/<[^>]*>/g, '').replace(/&(?:amp|lt|gt);/g, '&').length;
}

const ITEM_INDENT = '  ';
const MOST_DEPTH = 8;

function blocks(tokens: readonly Token[], depth: number): string {
  return tokens
    .map((token) => block(token, depth))
    .filter((text) => text !== '')
    .join('\n\n');
}

function block(token: Token, depth: number): string {
  // Nothing that people write goes deeper; Telegram would refuse it.
  if (depth > MOST_DEPTH) return escapeHtml(token.raw.trim());
  switch (token.type) {
    case 'space':
    case 'def':
      return '';
    case 'heading':
      return `<b>${inline((token as Tokens.Heading).tokens, depth)}</b>`;
    case 'code':
      return code(token as Tokens.Code);
    case 'blockquote':
      return quote(token as Tokens.Blockquote, depth);
    case 'list':
      return list(token as Tokens.List, depth);
    case 'hr':
      return '———';
    case 'table':
      return `<pre>${escapeHtml(token.raw.trim())}</pre>`;
    case 'paragraph':
    case 'text':
      return inline((token as Tokens.Text).tokens ?? [token], depth);
    default:
      return escapeHtml(token.raw.trim());
  }
}

function code({ lang, text }: Tokens.Code): string {
  const language = /^[\w+#-]{1,30}/.exec(lang ?? '')?.[0];
  const body = escapeHtml(text);
  return language === undefined
    ? `<pre>${body}</pre>`
    : `<pre><code class="language-${language}">${body}</code></pre>`;
}

// Telegram has no quotes within quotes.
function quote({ tokens }: Tokens.Blockquote, depth: number): string {
  const flat = tokens.flatMap((token) =>
    token.type === 'blockquote' ? (token as Tokens.Blockquote).tokens : [token],
  );
  const isNested = flat.some(({ type }) => type === 'blockquote' || type === 'code');
  const body = isNested
    ? escapeHtml(
        flat
          .map(({ raw }) => raw)
          .join('')
          .trim(),
      )
    : blocks(flat, depth + 1);
  return `<blockquote>${body}</blockquote>`;
}

function list({ items, ordered, start }: Tokens.List, depth: number): string {
  return items
    .map((item, index) => {
      const mark = ordered ? `${(start || 1) + index}.` : '•';
      const body = item.tokens
        .map((token) => block(token, depth + 1))
        .filter((text) => text !== '')
        .join('\n');
      const box = item.task ? (item.checked ? '[x] ' : '[ ] ') : '';
      return `${ITEM_INDENT.repeat(Math.min(depth, MOST_DEPTH))}${mark} ${box}${body}`;
    })
    .join('\n');
}

function inline(tokens: readonly Token[], depth: number): string {
  return tokens.map((token) => span(token, depth)).join('');
}

function span(token: Token, depth: number): string {
  if (depth > MOST_DEPTH) return escapeHtml(token.raw);
  const inner = (): string => inline((token as Tokens.Generic).tokens ?? [], depth + 1);
  switch (token.type) {
    case 'strong':
      return `<b>${inner()}</b>`;
    case 'em':
      return `<i>${inner()}</i>`;
    case 'del':
      return `<s>${inner()}</s>`;
    case 'codespan':
      return `<code>${escapeHtml((token as Tokens.Codespan).text)}</code>`;
    case 'br':
      return '\n';
    case 'link':
      return link(token as Tokens.Link);
    case 'escape':
      return escapeHtml((token as Tokens.Escape).text);
    case 'text':
      return (token as Tokens.Text).tokens ? inner() : escapeHtml((token as Tokens.Text).text);
    default:
      return escapeHtml(token.raw);
  }
}

// A text that hides where a link leads is how people are led astray.
function link({ raw, href, text }: Tokens.Link): string {
  if (raw === href || text === href) return escapeHtml(raw.replace(/^<|>$/g, ''));
  return `${escapeHtml(text)} (${escapeHtml(href)})`;
}

function escapeHtml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
