/** The text that replaces a secret. */
export const MASK = '********'

/**
 * A name whose value is a secret: the known ones of agents, fencing devices, DRBD and iscsid. The name of a file with a secret is
 * not one.
 */
export const SECRET_NAME = '(?:passw|passphrase|secret(?!_file)|token|api[_-]?key|access[_-]?key|credential|community)'

const IS_SECRET_NAME = new RegExp(`^(?:pass|pwd)$|${SECRET_NAME}`, 'i')

/** The CIB's placeholder for a secret that cibsecret(8) keeps. */
const IN_CIBSECRET = 'lrm://'

/** In quotes, or up to the end of the word. */
const VALUE = String.raw`("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s;{}"'<>]+)`

/** `shared-secret "…";` in a configuration, where a value in quotes may be on another line; `--shared-secret=…` and `passwd=…` on a command line, `….password = …` in a node record. */
const ASSIGNMENT = new RegExp(
  String.raw`((?<!["'])\bshared-secret(?:(?:\s|#[^\n]{0,200}\n)*(?=["'])|[ \t]+(?!#))|${SECRET_NAME}[\w-]{0,20}[ \t]{0,9}=[ \t]{0,9})${VALUE}`,
  'gi',
)

/** `"shared-secret": "…"`, in JSON. */
const JSON_PAIR = new RegExp(String.raw`(${SECRET_NAME}[\w-]{0,20}"\s{0,9}:\s{0,9})("(?:[^"\\\n]|\\.)*")`, 'gi')

/** An element of XML, such as the nvpair of a CIB, or the option of "drbdadm dump-xml". */
const ELEMENT = /<[a-z][\w-]*\b(?:[^<>"']|"[^"<]*"|'[^'<]*')*>/g

/**
 * A text, such as the output of a tool or the CIB, without secrets: neither those that the nodes of a DRBD resource authenticate
 * each other with, nor those of any resource or fencing device. `found` receives each of them, as it is written there.
 */
export function withoutSecrets(text: string, found: (secret: string) => void = () => undefined): string {
  return text
    .replace(ELEMENT, element =>
      IS_SECRET_NAME.test(attributeIn(element, 'name')) ? withoutValue(element, found) : element,
    )
    .replace(JSON_PAIR, (_, words: string, value: string) => {
      found(value.slice(1, -1))
      return `${words}"${MASK}"`
    })
    .replace(ASSIGNMENT, (whole, words: string, value: string) => {
      if (value === IN_CIBSECRET) return whole
      found(/^["']/.test(value) ? value.slice(1, -1) : value)
      return `${words}${MASK}`
    })
}

function withoutValue(element: string, found: (secret: string) => void): string {
  const secret = attributeIn(element, 'value')
  if (secret === IN_CIBSECRET) return element
  found(secret)
  return element.replace(/(\svalue\s*=\s*)("[^"]*"|'[^']*')/, (_, words: string) => `${words}"${MASK}"`)
}

function attributeIn(element: string, attribute: 'name' | 'value'): string {
  const pattern = attribute === 'name' ? /\sname\s*=\s*("[^"]*"|'[^']*')/ : /\svalue\s*=\s*("[^"]*"|'[^']*')/
  return pattern.exec(element)?.[1]?.slice(1, -1) ?? ''
}
