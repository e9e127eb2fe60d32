/** What stands in place of a secret. */
const MASK = '********'

/** `shared-secret "…";` in a configuration, `--shared-secret=…` on the command line of drbdsetup, which drbdadm prints when it fails. */
const SHARED_SECRET = /(shared-secret(?:=|[ \t]+))("(?:[^"\\\n]|\\.)*"|[^\s;{}"']+)/g

/** A text, such as the output of a tool or a file, without the secrets by which the nodes of a DRBD resource authenticate each other. */
export function withoutSecrets(text: string): string {
  return text.replace(SHARED_SECRET, (_, words: string) => `${words}${MASK}`)
}
