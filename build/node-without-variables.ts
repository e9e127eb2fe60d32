/**
 * The variables with which the environment changes what Node.js does, partly before the first line of a script: some load
 * code, some write files, some end it.
 * @see https://nodejs.org/api/cli.html#environment-variables
 */
const VARIABLES = [
  'NODE_CHANNEL_FD',
  'NODE_CHANNEL_SERIALIZATION_MODE',
  'NODE_COMPILE_CACHE',
  'NODE_COMPILE_CACHE_PORTABLE',
  'NODE_DEBUG',
  'NODE_DEBUG_NATIVE',
  'NODE_DISABLE_COLORS',
  'NODE_DISABLE_COMPILE_CACHE',
  'NODE_EXTRA_CA_CERTS',
  'NODE_ICU_DATA',
  'NODE_INSPECT_RESUME_ON_START',
  'NODE_NO_WARNINGS',
  'NODE_OPTIONS',
  'NODE_PATH',
  'NODE_PENDING_DEPRECATION',
  'NODE_PRESERVE_SYMLINKS',
  'NODE_PRESERVE_SYMLINKS_MAIN',
  'NODE_REDIRECT_WARNINGS',
  'NODE_REPL_EXTERNAL_MODULE',
  'NODE_REPL_HISTORY',
  'NODE_SKIP_PLATFORM_CHECK',
  'NODE_TEST_CONTEXT',
  'NODE_TLS_REJECT_UNAUTHORIZED',
  'NODE_UNIQUE_ID',
  'NODE_USE_ENV_PROXY',
  'NODE_USE_SYSTEM_CA',
  'NODE_V8_COVERAGE',
] as const

/** Renames a variable to one that nobody sets: it has the same length, and is also a valid name in JavaScript. */
const renamed = (name: string) => name.replace('NODE_', 'NONE_')

/**
 * The binary of Node.js with these variables renamed wherever it names them: in its own code, in its scripts, and in their
 * compiled forms, which must stay equal.
 * @throws Error if a name is not found: Node.js has renamed the variable, or stores the name in another way.
 */
export function nodeWithoutVariables(binary: Buffer): Buffer {
  const changed = Buffer.from(binary)
  for (const name of VARIABLES) {
    let at = binary.indexOf(name)
    if (at < 0) throw new Error(`the Node.js binary does not contain ${name}: find out what replaces it`)
    for (; at >= 0; at = binary.indexOf(name, at + name.length)) changed.write(renamed(name), at, 'latin1')
  }
  return changed
}
