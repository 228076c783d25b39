// Imported first by every main, for what it does: under a Node that cannot run this repository it
// says so and ends. It must load on any Node that knows modules, so: plain JavaScript, no imports.
const WANTED_MAJOR = 24;

/**
 * What to tell a person whose Node is too old, or undefined when it will do.
 * @param {string} version as in `process.versions.node`, such as `20.11.1`
 */
export function complainAboutNode(version) {
  if (Number.parseInt(version, 10) >= WANTED_MAJOR) return undefined;
  return (
    `371OS needs Node ${WANTED_MAJOR}, and this is Node ${version}. npm ci installs the right one ` +
    'beside the dependencies, unless install scripts are off: run "npm rebuild node --ignore-scripts=false" once and ' +
    `start again with npm (npm start, npm run chat), or install Node ${WANTED_MAJOR} yourself.`
  );
}

const complaint = complainAboutNode(process.versions.node);
if (complaint) {
  console.error(complaint);
  process.exit(1);
}
