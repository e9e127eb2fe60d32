import type { FakeSystem } from './system.ts'

/*
 * The permitted effects of an agent on a node, whatever its parameters contain: each word of a command and each written text is one
 * of ours, or a single value without any other meaning. It uses none of the parsers, so that it can check what they accept.
 */

type Effects = Pick<FakeSystem, 'commands' | 'changes'>

/** The effects that are not allowed; empty when all are. */
export function strangeEffects({ commands, changes }: Effects): string[] {
  const words = commands.flatMap(([, ...args]) =>
    ofOurs(args).filter((word, index) => !isWordOfOurs(word, args[index - 1])),
  )
  return [...words, ...changes.filter(change => !isChangeOfOurs(change))]
}

/** All of it, without the secrets that were written where a secret belongs. */
export function withoutSecrets({ commands, changes }: Effects): string {
  const inRecord = /^(node\.session\.auth\.password(?:_in)? = ).*$/gm
  const shown = changes.map(change => change.replace(/^(write \S+\/auth\/password(?:_mutual)? ).*$/s, '$1'))
  return [...commands.flat(), ...shown.map(change => change.replace(inRecord, '$1'))].join('\n')
}

/** All our words that begin with a dash: such a value would be an option. */
const OPTIONS = new Set([
  ...['--', '-I', '-T', '-a', '-c', '-f', '-j', '-m', '-o', '-p', '-r', '-t'],
  ...['--activate', '--config', '--ignoreactivationskip', '--reportformat', '--retry'],
  ...[
    '--unfreeze',
    '--login',
    '--logout',
    '--promotion',
    '--lifetime',
    '--update',
    '--delete',
    '--force',
    '--namespace',
  ],
  // systemd-run, systemctl and journalctl
  ...[
    '--quiet',
    '--no-block',
    '--unit',
    '--slice',
    '--description',
    '--property',
    '--job-mode',
    '--no-pager',
    '--output',
    '--lines',
  ],
  // systemd-nspawn
  ...['--keep-unit', '--machine', '--directory', '--settings', '--link-journal', '--resolv-conf', '--timezone'],
  ...['--console', '--notify-ready', '--kill-signal', '--network-bridge', '--network-macvlan', '--private-network'],
  ...['--private-users=no', '--private-users-ownership', '--boot', '--as-pid2', '--lazy'],
])
/** The texts for a unit that are more than one word. */
const DEVICES = /^DeviceAllow=(\/dev\/net\/tun rwm|char-pts rw)$/
const DESCRIPTION = /^Container [a-z][a-z0-9-]*$/i
const USERS = /^--private-users=\d+:65536$/
/** Means nothing to a shell, a tool or a path. */
const SAFE_PART = /^(?!\.{1,2}$)[a-zA-Z0-9+_.:@,=[\]-]+$/
/** May be any text of one line, but leads nowhere else. */
const PATH = /^(\/(?!\.{1,2}(\/|$))[^\p{Cc}/]+)+$/u
const LVM_CONFIG =
  /^devices\{[\w =[\]",|^/.*$-]*\} activation\{activation_mode="degraded" read_only_volume_list=\[\] retry_deactivation=1(?: volume_list=\["([^"]*)"\])?\} report\{[\w =",]*\} log\{[\w =",]*\}$/
const LVM_NAME = '(?!\\.{1,2}(?:/|$))[a-zA-Z0-9+_.][a-zA-Z0-9+_.-]*'
const LVM_PATH = new RegExp(`^${LVM_NAME}/${LVM_NAME}$`)

/** Without what a container runs: its program is followed by words that mean something only to that. */
function ofOurs(args: readonly string[]): readonly string[] {
  const stub = args.indexOf('--as-pid2')
  return stub === -1 ? args : args.slice(0, stub + 3)
}

/** getopt(3) takes whatever follows an option with a value for that. */
function isWordOfOurs(word: string, before: string | undefined): boolean {
  if (word.startsWith('-') && before !== '-o') return OPTIONS.has(word) || USERS.test(word)
  if (before === '--property' && DEVICES.test(word)) return true
  if (before === '--description') return DESCRIPTION.test(word)
  if (word.startsWith('devices{')) return isLvmConfig(word)
  const path = /^(?:(?:if|of)=)?(\/.*)$/s.exec(word)?.[1]
  return path === undefined ? word.split('/').every(part => SAFE_PART.test(part)) : PATH.test(path)
}

function isLvmConfig(word: string): boolean {
  const found = LVM_CONFIG.exec(word)
  return found !== null && (found[1] === undefined || LVM_PATH.test(found[1]))
}

const NUMBER = /^\d+$/
const FLAG = /^[01]$/
const NAME = /^(?=.{1,223}$)(iqn|eui|naa)\.[a-zA-Z0-9.:-]+$/
const USER = /^[a-zA-Z0-9][a-zA-Z0-9._:@+/-]{0,254}$/
const SECRET = /^[\x21-\x7e]{12,255}$/
const DEVICE = '(/(?!\\.{1,2}(/|$))[^\\p{Cc}\\p{Z},/]+)+'
const INQUIRY = (length: number) => new RegExp(`^(?! )[\\x20-\\x7e]{1,${length}}(?<! )$`)

/** The text that may be written, by path. */
const TEXTS: readonly (readonly [place: RegExp, text: RegExp])[] = [
  // the kernel reads a list of assignments there: one path without blank or comma is one
  [/\/core\/iblock_\d+\/[^/]+\/control$/, new RegExp(`^udev_path=${DEVICE}$`, 'u')],
  [/\/core\/iblock_\d+\/[^/]+\/udev_path$/, new RegExp(`^${DEVICE}$`, 'u')],
  [/\/wwn\/vpd_unit_serial$/, /^[0-9a-fA-F-]{8,36}$/],
  [/\/wwn\/vendor_id$/, INQUIRY(8)],
  [/\/wwn\/product_id$/, INQUIRY(16)],
  [/\/enable$/, FLAG],
  [/\/attrib\/(emulate_pr|emulate_tpu|emulate_caw|emulate_3pc)$/, FLAG],
  [/\/attrib\/(generate_node_acls|demo_mode_write_protect|demo_mode_discovery|authentication)$/, FLAG],
  [/\/attrib\/(block_size|default_cmdsn_depth)$/, NUMBER],
  [/\/auth\/userid(_mutual)?$/, USER],
  [/\/auth\/password(_mutual)?$/, SECRET],
  // a copy of the file that furnish.ts has put there
  [/^\/run\/systemd\/nspawn\/[a-zA-Z0-9-]+\.nspawn$/, /^\[Exec\]\n$/],
  [/^\/run\/vhacs\/\.[a-z0-9-]+\.new$/, /^[\w .:,-]+\n$/],
]
const RECORD_PLACE = /^\/etc\/iscsi\/nodes\/[^/]+\/\.new-[0-9a-f.:]+-\d+$/

function isChangeOfOurs(change: string): boolean {
  const [, path = '', text = ''] = /^write (\S+) (.*)$/s.exec(change) ?? []
  if (path === '')
    return change
      .split(/ (?=\/)/)
      .slice(1)
      .every(one => PATH.test(one))
  if (!PATH.test(path)) return false
  return RECORD_PLACE.test(path) ? isRecord(text) : TEXTS.some(([place, form]) => place.test(path) && form.test(text))
}

const SETTINGS: Readonly<Record<string, RegExp>> = {
  'node.name': NAME,
  'node.startup': /^manual$/,
  'node.conn[0].startup': /^manual$/,
  'node.leading_login': /^No$/,
  'iface.iscsi_ifacename': /^default$/,
  'node.session.scan': /^auto$/,
  'node.session.auth.authmethod': /^(None|CHAP)$/,
  'node.session.auth.username': USER,
  'node.session.auth.username_in': USER,
  'node.session.auth.password': SECRET,
  'node.session.auth.password_in': SECRET,
  'node.session.nr_sessions': NUMBER,
  'node.session.reopen_max': NUMBER,
  'node.session.initial_login_retry_max': NUMBER,
  'node.session.queue_depth': NUMBER,
  'node.session.cmds_max': NUMBER,
  'node.session.timeo.replacement_timeout': NUMBER,
  'node.conn[0].address': /^[0-9a-f.:]+$/,
  'node.conn[0].port': NUMBER,
  'node.conn[0].timeo.login_timeout': NUMBER,
  'node.conn[0].timeo.noop_out_interval': NUMBER,
  'node.conn[0].timeo.noop_out_timeout': NUMBER,
}

/** Whether it is a node record of settings of ours, each once. */
function isRecord(text: string): boolean {
  const [begin, ...rest] = text.split('\n')
  const [end, last] = rest.splice(-2)
  const settings = rest.map(line => line.split(' = '))
  const names = settings.map(([name]) => name)
  const isOurs = ([name = '', value = '', ...more]: string[]) =>
    more.length === 0 && SETTINGS[name]?.test(value) === true
  return (
    begin === '# BEGIN RECORD' &&
    end === '# END RECORD' &&
    last === '' &&
    new Set(names).size === names.length &&
    settings.every(isOurs)
  )
}
