import { invalidHere, notConfigured } from '../ocf/exit.ts'
import type { Parameters, Values } from '../ocf/parameters.ts'
import { parseAbsolutePath, parsePattern } from '../ocf/values.ts'
import { ifPresent, type System } from '../system/system.ts'

/*
 * CHAP, as target and initiator share it (RFC 7143, section 12.1). An agent declares these parameters by spreading
 * `chapParameters`, checks them together with `checkChap`, and reads the names and secrets with `readChap` at its start.
 */

/** The placeholder of a secret in the CIB; Pacemaker's executor replaces it by the secret itself. See cibsecret(8). */
const CIB_SECRET = 'lrm://'

/**
 * A name that LIO and Open-iSCSI both accept. LIO searches the whole text of a login for its keys, ends a value at a
 * semicolon, and interprets one that begins with 0x or 0b as a number.
 */
const parseUser = parsePattern(
  /^(?!NULL|0[xXbB])[a-zA-Z0-9][a-zA-Z0-9._:@+/-]{0,254}$/,
  'a name of up to 255 letters, digits and ._:@+/- that does not begin with NULL, 0x or 0b',
)

/**
 * Any text: `checkChap` validates it. cibsecret may change a secret while the resource runs, and Pacemaker passes the new one
 * to monitor and stop, which must work whatever it is.
 */
const acceptAnySecret = (text: string) => text

export const chapParameters = {
  chap_user: {
    type: 'string',
    short: 'CHAP name of the initiators',
    long: `Name with which initiators authenticate (one-way CHAP). With it, no initiator can log in without name and secret.`,
    parse: parseUser,
  },
  chap_secret: {
    type: 'string',
    short: 'CHAP secret of the initiators',
    long: `Secret that belongs to chap_user: 12 to 255 printable characters without blanks; some initiators accept no more than
16. Everyone who may read the CIB can read it there: cibsecret(8) or chap_secret_file keeps it out of the CIB.`,
    parse: acceptAnySecret,
    isSecret: true,
  },
  chap_secret_file: {
    type: 'string',
    short: 'file with the CHAP secret of the initiators',
    long: `File on each node that holds the secret, instead of chap_secret. It must be owned by root and readable by root
alone. It is read at start only.`,
    parse: parseAbsolutePath,
  },
  mutual_chap_user: {
    type: 'string',
    short: 'CHAP name of the target',
    long: `Name with which the target authenticates to initiators (mutual CHAP). Needs chap_user.`,
    parse: parseUser,
  },
  mutual_chap_secret: {
    type: 'string',
    short: 'CHAP secret of the target',
    long: `Secret that belongs to mutual_chap_user, like chap_secret; the two must differ.`,
    parse: acceptAnySecret,
    isSecret: true,
  },
  mutual_chap_secret_file: {
    type: 'string',
    short: 'file with the CHAP secret of the target',
    long: `File on each node that holds the secret, instead of mutual_chap_secret; like chap_secret_file.`,
    parse: parseAbsolutePath,
  },
} as const satisfies Parameters

export type ChapParameters = Values<typeof chapParameters>

/** A name and its secret. Must not reach any argument list, log or error. */
interface Credentials {
  readonly user: string
  readonly secret: string
}

export interface Chap {
  /** The initiator authenticates to the target: `node.session.auth.username`, `userid` of LIO. */
  readonly initiator: Credentials
  /** The target authenticates to the initiator: `node.session.auth.username_in`, `userid_mutual` of LIO. */
  readonly target?: Credentials
}

/**
 * Checks the parameters together.
 * @throws OcfError (6) that shows no secret.
 */
export function checkChap(parameters: ChapParameters): void {
  checkSide(parameters, '')
  checkSide(parameters, 'mutual_')
  const { chap_user, chap_secret, mutual_chap_user, mutual_chap_secret } = parameters
  if (mutual_chap_user !== undefined && chap_user === undefined)
    throw notConfigured(
      'parameter mutual_chap_user needs chap_user: a target authenticates only to initiators that authenticate to it',
    )
  if (chap_secret !== undefined && chap_secret === mutual_chap_secret && !chap_secret.startsWith(CIB_SECRET))
    throw notConfigured(
      'parameters chap_secret and mutual_chap_secret are equal: set different ones, or initiators refuse to log in',
    )
}

type Side = '' | 'mutual_'

function checkSide(parameters: ChapParameters, side: Side): void {
  const [user, secret, file] = [`${side}chap_user`, `${side}chap_secret`, `${side}chap_secret_file`] as const
  const text = parameters[secret]
  if (text !== undefined && parameters[file] !== undefined)
    throw notConfigured(`parameters ${secret} and ${file} are mutually exclusive: remove one of them`)
  const source = text === undefined ? parameters[file] && file : secret
  if (parameters[user] !== undefined && source === undefined)
    throw notConfigured(`parameter ${user} needs ${secret} or ${file}`)
  if (parameters[user] === undefined && source !== undefined) throw notConfigured(`parameter ${source} needs ${user}`)
  if (text === undefined || text.startsWith(CIB_SECRET)) return
  const fault = secretFault(text)
  if (fault !== undefined) throw notConfigured(`parameter ${secret}: ${fault}; it is not shown`)
}

/**
 * What is wrong with a secret, without the secret. LIO and Open-iSCSI both store up to 255 bytes; Open-iSCSI's records end at a
 * blank; LIO interprets a text that begins with NULL as no secret. RFC 7143, section 12.1.3, requires 96 bits.
 */
function secretFault(text: string): string | undefined {
  if (/^(?!NULL)[\x21-\x7e]{12,255}$/.test(text)) return undefined
  return 'a secret of 12 to 255 printable ASCII characters without blanks that does not begin with NULL is expected'
}

/**
 * Names and secrets, from the parameters and the files that they name; undefined without CHAP. For a start only: a monitor or
 * stop must not depend on a file.
 * @throws OcfError (2) when a secret is not available on this node; it shows no secret.
 */
export function readChap(system: System, parameters: ChapParameters): Chap | undefined {
  const initiator = credentials(system, parameters, '')
  const target = credentials(system, parameters, 'mutual_')
  if (initiator === undefined) return undefined
  if (target === undefined) return { initiator }
  if (initiator.secret === target.secret)
    throw invalidHere(
      'the CHAP secrets of initiators and target are equal: set different ones, or initiators refuse to log in',
    )
  return { initiator, target }
}

function credentials(system: System, parameters: ChapParameters, side: Side): Credentials | undefined {
  checkSide(parameters, side)
  const user = parameters[`${side}chap_user`]
  const file = parameters[`${side}chap_secret_file`]
  const secret = file === undefined ? parameters[`${side}chap_secret`] : readSecretFile(system, file)
  if (user === undefined || secret === undefined) return undefined
  if (secret.startsWith(CIB_SECRET))
    throw invalidHere(
      `parameter ${side}chap_secret still reads ${CIB_SECRET}: Pacemaker did not replace it by the secret on this ` +
        'node; see cibsecret(8)',
    )
  return { user, secret }
}

function readSecretFile(system: System, file: string): string {
  const found = ifPresent(() => system.stat(file))
  if (found === undefined) throw invalidHere(`the secret file ${file} does not exist on this node`)
  if (found.kind !== 'file') throw invalidHere(`the secret file ${file} is not a regular file`)
  if (found.owner !== 0) throw invalidHere(`the secret file ${file} is not owned by root: run chown root ${file}`)
  if ((found.permissions & 0o077) !== 0)
    throw invalidHere(`the secret file ${file} is accessible to other users: run chmod 600 ${file}`)
  const secret = system.read(file).replace(/\r?\n$/, '')
  const fault = secret.startsWith(CIB_SECRET)
    ? `it contains ${CIB_SECRET}, which has no meaning in a file`
    : secretFault(secret)
  if (fault !== undefined) throw invalidHere(`the secret file ${file} is invalid: ${fault}`)
  return secret
}
