import { parentPort } from 'node:worker_threads';

/** A diagram that is to be read. */
export interface DiagramJob {
  readonly id: number;
  readonly text: string;
}

/** What is wrong with it; nothing when it parses. */
export interface DiagramResult {
  readonly id: number;
  readonly problem: string | undefined;
}

// Mermaid's sanitiser looks for a browser when it is loaded, and without one lacks what some of its
// parsers call. It is shown as much of one as it takes to be complete; nothing is drawn here.
const Shape = Object;
Object.assign(globalThis, {
  window: {
    document: { nodeType: 9, createElement: () => ({}), implementation: {}, currentScript: null },
    ...{ Element: Shape, Node: Shape, DocumentFragment: Shape, HTMLTemplateElement: Shape },
    ...{ NamedNodeMap: Shape, HTMLFormElement: Shape, DOMParser: Shape, NodeFilter: {} },
  },
});
const loaded = import('mermaid');

parentPort?.on('message', ({ id, text }: DiagramJob) => {
  void problemOf(text).then((problem) => {
    parentPort?.postMessage({ id, problem } satisfies DiagramResult);
  });
});

async function problemOf(text: string): Promise<string | undefined> {
  const { default: mermaid } = await loaded;
  try {
    await mermaid.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
