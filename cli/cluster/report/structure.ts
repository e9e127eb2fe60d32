import { MASK, SECRET_NAME, withoutSecrets } from '../../../system/secret-text.ts'

/*
 * Where else than in the output of a tool a secret may stand: in whole files and logs. Each rule has two groups, of which the second is
 * the secret; none takes more than a time in proportion to the text.
 */

const rule = (text: string, flags = 'gi') => new RegExp(text, flags)

const RULES: readonly RegExp[] = [
  // a setting in a line of its own, whose value may contain blanks; a file of configfs that grep has printed
  rule(String.raw`^([ \t]*(?:[*#+-][ \t]*)?[^\s="']*${SECRET_NAME}[\w.[\]-]{0,20}[ \t]*[=:][ \t]*)(\S.*)$`, 'gim'),
  // 'password': 'x' and \"password\": \"x\"
  rule(
    String.raw`(${SECRET_NAME}[\w-]{0,20}\\{0,4}["'][ \t]{0,3}[:=][ \t]{0,3}\\{0,4}["'])((?:[^"'\\\n]|\\(?!["'\n]))+)`,
  ),
  // "password": 1
  rule(String.raw`(${SECRET_NAME}[\w-]{0,20}"[ \t]{0,9}:[ \t]{0,9})(\d+)`),
  // password "x", as in multipath.conf(5)
  rule(String.raw`(${SECRET_NAME}[\w-]{0,20}[ \t]{1,9})("[^"\n]+"|'[^'\n]+')`),
  // --password x
  rule(String.raw`(?<![\w-])(--?${SECRET_NAME}[\w-]{0,20}[ \t]{1,9})("[^"\n]*"|'[^'\n]*'|[^\s"'-]\S*)`),
  // a change of the CIB in Pacemaker's log: nvpair[@id='fence-passwd']:  @value=x
  rule(String.raw`(${SECRET_NAME}[^\n@]{0,200}@value=)([^\n]+)`),
  // user and password in a URL, and in the kernel's iscsi:USER:PASSWORD@SERVER
  rule(String.raw`(\b[a-z][a-z0-9+.-]{0,20}://)([^\s/@"'<>]{1,300})(?=@)`),
  rule(String.raw`(\biscsi:)([^\s@/"']{1,300})(?=@)`),
  // the path of a webhook is its key
  rule(String.raw`(<recipient\b[^<>]{0,500}?\bvalue\s{0,9}=\s{0,9}["']https?://[^\s"'/<>]{1,300}/)([^"'<>]{1,2000})`),
  rule(
    String.raw`(\bauthorization["']?[ \t]{0,3}[:=][ \t]{0,3}["']?(?:(?:bearer|basic|digest)[ \t]{1,3})?)([^\s"',;]+)`,
  ),
  rule(String.raw`(\bbearer[ \t]{1,3})([\w.~+/=-]{8,})`),
  // corosync.conf(5): a key in place of the file authkey
  rule(String.raw`^([ \t]*(?:totem\.)?key(?:[ \t]*\(str\))?[ \t]*[:=][ \t]*)(\S.*)$`, 'gim'),
]

/** corosync's time-outs have a name like that of a secret. */
const TIME_OUT = /token[\w-]{0,40}[ \t]*[=:][ \t]*\d{1,7}$/i

/** A file or a log without the secrets that can be told by their names and places; `found` receives each of them. */
export function maskByStructure(text: string, found: (secret: string) => void): string {
  // whole lines before words
  const masked = RULES.reduce(
    (before, pattern) =>
      before.replace(pattern, (whole: string, words: string, secret: string) => {
        if (TIME_OUT.test(whole)) return whole
        found(secret.replace(/^(["'])([^"']*)\1[;,]?$/, '$2'))
        return `${words}${MASK}`
      }),
    text,
  )
  return withoutSecrets(masked, found)
}
