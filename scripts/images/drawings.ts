/** What is drawn of a plugin. */
export interface Portrait {
  /** The name in large letters, such as `treasury`. */
  readonly title: string;
  /** Of the package. */
  readonly name: string;
  readonly sentence: string;
  /** A square SVG. */
  readonly glyph: string;
}

// ERC-8004 stays in one line.
const NO_BREAK_HYPHEN = '\u2011';

const STYLE = `
  * { box-sizing: border-box; margin: 0 }
  body {
    color: #f4f1e8;
    background: radial-gradient(circle at 80% 15%, #3a7177, #21474c 70%);
    font-family: 'Liberation Sans', Arial, Helvetica, sans-serif;
    height: 100vh;
    overflow: hidden;
  }
  svg { display: block }
  .soft { color: #a7d7c5 }
  .logo { display: grid; justify-items: center; align-content: center; gap: 26px }
  .logo svg { width: 206px }
  .logo h1 { font-size: 46px; line-height: 1; letter-spacing: -1px }
  .logo p { font-size: 20px; font-weight: bold; letter-spacing: 5px; margin-top: -10px }
  .banner { display: grid; grid-template-columns: 1fr 380px; gap: 64px; align-items: center; padding: 0 84px }
  .banner h1 { font-size: 96px; line-height: 1; letter-spacing: -3px; margin: 30px 0 34px }
  .banner .brand { font-size: 28px; font-weight: bold; letter-spacing: 4px }
  .banner .brand span { font-weight: normal; letter-spacing: 0.5px }
  .banner .sentence { font-size: 32px; line-height: 1.36; text-wrap: balance }
  .banner .name { font: 24px 'Liberation Mono', monospace; margin-top: 36px }
  .banner .tile { background: rgb(255 255 255 / 8%); border-radius: 64px; padding: 64px }
`;

/** The page of 400 by 400 pixels that is a plugin's logo. */
export function logoOf({ title, glyph }: Portrait): string {
  return pageOf('logo', `${glyph}<h1>${escape(title)}</h1><p class="soft">371OS</p>`);
}

/** The page of 1280 by 640 pixels that is a plugin's banner. */
export function bannerOf({ title, name, sentence, glyph }: Portrait): string {
  const words = `
    <p class="brand soft">371OS <span>for ElizaOS</span></p>
    <h1>${escape(title)}</h1>
    <p class="sentence">${escape(sentence).replaceAll('-', NO_BREAK_HYPHEN)}</p>
    <p class="name soft">${escape(name)}</p>`;
  return pageOf('banner', `<div>${words}</div><div class="tile">${glyph}</div>`);
}

function pageOf(kind: string, body: string): string {
  return `<!doctype html><meta charset="utf-8" /><style>${STYLE}</style><body class="${kind}">${body}</body>`;
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}
