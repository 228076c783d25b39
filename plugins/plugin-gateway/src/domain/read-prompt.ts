// Anchors are parts of ElizaOS's own templates. People's words stand between them, so each is
// looked for from the side that people's words cannot reach.
const RECEIVED = '# Received Message\n';
const FOCUS = '\n# Focus your response\n';
const ACTION_LIST = /^Possible response actions: (.*)$/m;
const ACTIONS_WITH_PARAMETERS = '# Available Actions with Parameters';
const ALREADY_USED = 'These are the actions or data provider calls that have already been used';
const KEYS = '<keys>';
const TRACE = '# Execution Trace';
const LAST_STEP = '# Assistant’s Last Reasoning Step';
const RESULT_HEADER = /^\*\*\d+\. (.+)\*\* - (?:Success|Failed)$/m;

/** The message that a prompt is about, as far as the prompt shows it; else ''. */
export function messageIn(prompt: string): string {
  const end = prompt.lastIndexOf(FOCUS);
  const start = prompt.lastIndexOf(RECEIVED, end);
  if (start < 0 || end < 0) return '';
  const received = prompt.slice(start + RECEIVED.length, end);
  return received.slice(received.indexOf(': ') + 1).trim();
}

/** The actions that a dialog prompt offers; they are listed before anything people wrote. */
export function actionsOffered(prompt: string): string[] {
  const list = ACTION_LIST.exec(prompt)?.[1] ?? '';
  return list.split(',').map((name) => name.trim());
}

/** The actions that a decision prompt offers; they are listed after everything people wrote. */
export function decisionActions(prompt: string): string[] {
  const end = prompt.lastIndexOf(ALREADY_USED);
  const start = prompt.lastIndexOf(ACTIONS_WITH_PARAMETERS, end);
  if (start < 0) return [];
  return [...prompt.slice(start, end).matchAll(/^## (\S+)$/gm)].map((match) => match[1] ?? '');
}

/** What the steps taken so far have said, in order; none when nothing was done yet. */
export function stepResults(prompt: string): string[] {
  const used = prompt.lastIndexOf(ALREADY_USED);
  const trace = prompt.lastIndexOf(TRACE);
  const section =
    used >= 0
      ? prompt.slice(used, endOf(prompt, KEYS, used))
      : prompt.slice(Math.max(0, trace), endOf(prompt, LAST_STEP, Math.max(0, trace)));
  return section
    .split(new RegExp(RESULT_HEADER, 'gm'))
    .slice(1)
    .filter((_part, index) => index % 2 === 1)
    .map(outputOf);
}

function endOf(prompt: string, anchor: string, start: number): number {
  const end = prompt.lastIndexOf(anchor);
  return end > start ? end : prompt.length;
}

function outputOf(part: string): string {
  const output = /^\s*Output: ([\s\S]*?)(?=\n {3}(?:Values|Error):|$)/.exec(part.trimEnd())?.[1];
  return output?.trim() ?? '';
}
