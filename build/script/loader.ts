/** A script beside the main one in the executable, loaded when one of its modules is first used. */
export interface LaterScript {
  readonly file: string
  /** The ids of its modules begin with this one; those of the main script come before all others. */
  readonly firstId: number
}

/**
 * The text around the functions of the main script's modules. `$(id)` evaluates a module once. A module in a later script is
 * compiled by V8 from that script's own code cache; outside of the executable, the script is a file beside this one.
 */
export function mainScript(functions: readonly string[], later: readonly LaterScript[], main: number): string {
  const starts = later.map(({ file, firstId }) => `{ file: ${JSON.stringify(file)}, firstId: ${firstId} }`)
  return `"use strict";
const loaded = [], later = [${starts.join(', ')}];
const builtins = {}, node = name => builtins[name] ??= require(name);
const toESM = module => module.__esModule ? module : Object.create(module, { default: { value: module } });
const $ = id => loaded[id] ??= (functions[id] ?? functionLater(id))();
function functionLater(id) {
  const script = later.findLast(({ firstId }) => id >= firstId);
  script.functions ??= loadScript(script.file);
  return script.functions[id - script.firstId];
}
function loadScript(file) {
  const { Script } = require("node:vm"), sea = require("node:sea"), isSea = sea.isSea();
  const bytes = name => isSea ? Buffer.from(sea.getRawAsset(name)) : require("node:fs").readFileSync(\`\${__dirname}/\${name}\`);
  const script = new Script(bytes(file).latin1Slice(), { filename: file, cachedData: isSea ? bytes(\`\${file}.cache\`) : undefined });
  if (script.cachedDataRejected) process.emitWarning(\`Code cache data of \${file} rejected.\`);
  return script.runInThisContext()($, require, toESM, node);
}
const functions = [
${functions.join(',\n')}
];
$(${main});
`
}

/** The text of a later script: a function that returns the functions of its modules. */
export function laterScript(functions: readonly string[]): string {
  return `(function ($, require, toESM, node) {\n"use strict";\nreturn [\n${functions.join(',\n')}\n];\n})`
}
