/** What stands in place of a secret. */
export const MASK = '********'

/** A name whose value is a secret; that of a file with one is none. */
const IS_SECRET_NAME = /passw|secret(?!_file)/i

/** What the CIB has in place of a secret that cibsecret(8) keeps. */
const IN_CIBSECRET = 'lrm://'

/**
 * `shared-secret "…";` in a configuration, where a value in quotes may be on the next line; `--shared-secret=…`, `passwd=…` on a
 * command line.
 */
const ASSIGNMENT =
  /((?:\bshared-secret(?:[ \t]+|\s*(?=["'])))|(?:\b[\w-]{0,40}(?:passw[\w-]{0,20}|secret)=))("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s;{}"'<>]+)/gi

/** An element of the CIB that gives something a value. */
const NVPAIR = /<nvpair\b(?:[^<>"']|"[^"<]*"|'[^'<]*')*>/g

/**
 * A text, such as the output of a tool or the CIB, without secrets: those by which the nodes of a DRBD resource authenticate each
 * other, and those of any resource and fencing device.
 */
export function withoutSecrets(text: string): string {
  return text
    .replace(NVPAIR, element => (IS_SECRET_NAME.test(attributeIn(element, 'name')) ? masked(element) : element))
    .replace(ASSIGNMENT, (whole, words: string, value: string) => (value === IN_CIBSECRET ? whole : `${words}${MASK}`))
}

function masked(element: string): string {
  if (attributeIn(element, 'value') === IN_CIBSECRET) return element
  return element.replace(/(\svalue\s*=\s*)("[^"]*"|'[^']*')/, (_, words: string) => `${words}"${MASK}"`)
}

function attributeIn(element: string, attribute: 'name' | 'value'): string {
  const pattern = attribute === 'name' ? /\sname\s*=\s*("[^"]*"|'[^']*')/ : /\svalue\s*=\s*("[^"]*"|'[^']*')/
  return pattern.exec(element)?.[1]?.slice(1, -1) ?? ''
}
