import { failed, invalidHere, notInstalled, type OcfError } from '../../ocf/exit.ts'
import { minorOf, minorOwner } from '../../system/drbd/minors.ts'
import { exitText, type Finished, lastOutput, type System } from '../../system/system.ts'
import { deviceUsers } from '../../system/usage/device-users.ts'

/** Words of DRBD's tools, what they mean, and what follows from it. Their exit statuses do not tell these apart. */
const MEANINGS: readonly {
  readonly words: RegExp
  readonly error: (message: string) => OcfError
  readonly says: (resource: string) => string
}[] = [
  {
    words: /no valid meta-?\s?data/i,
    error: invalidHere,
    says: resource =>
      `the disk of ${resource} has no valid DRBD meta-data on this node; if the disk is new or was replaced, run "drbdadm create-md ${resource}"; the data then come from the peer`,
  },
  {
    words: /unclean"? meta-?\s?data|meta-?\s?data is "unclean"/i,
    error: invalidHere,
    says: resource =>
      `the activity log in the DRBD meta-data of ${resource} on this node could not be applied, so it is unknown what must be replicated: run "drbdadm apply-al ${resource}"; if that fails too and the peer has good data, run "drbdadm create-md ${resource}", and the data come from the peer`,
  },
  {
    words: /Low\.dev\. smaller|Meta device too small|Implicit device shrinking/,
    error: invalidHere,
    says: resource =>
      `the disk of ${resource} on this node is too small: it must be as large as before, and as the peer's`,
  },
  {
    words: /IO error\(s\) occurred during initial access to meta-data|Input\/output error/,
    error: failed,
    says: resource =>
      `the disk of ${resource} fails: its DRBD meta-data cannot be read or written; check the kernel log`,
  },
  {
    words: /Can only attach to the data we lost last/,
    error: failed,
    says: resource => `the disk of ${resource} does not have the data that are in use; check the kernel log`,
  },
  {
    words: /not defined in your config|no resources defined|ignored, since this host/,
    error: invalidHere,
    says: resource => `DRBD resource ${resource} is not configured on this node`,
  },
  {
    words: /^\S+:\d+: .*(parse error|conflicting use|expected|duplicate|failed to open include file)/im,
    error: invalidHere,
    says: () =>
      'the DRBD configuration of this node is invalid, so drbdadm refuses every resource: correct the file that it names',
  },
  {
    words:
      /execvp\(\) failed|without support for drbd kernel code|unrecognized option|generic netlink|API mismatch|API_VERSION mismatch|userland tools/,
    error: notInstalled,
    says: () => 'drbd-utils on this node do not match the kernel module drbd: install those for its version',
  },
  {
    words: /open\(.*\) failed: No such file|Can not open (backing|meta) device/,
    error: failed,
    says: resource => `the disk of ${resource} does not exist`,
  },
  {
    words: /Device or resource busy|already claimed/,
    error: failed,
    says: resource => `the disk of ${resource} is in use by something else`,
  },
  {
    words: /Local address\(port\) already in use/,
    error: failed,
    says: resource => `another DRBD resource of this node already uses the address and port of ${resource}`,
  },
]

/** The error for a tool that refused, in our words where DRBD's are known, and in DRBD's own. */
export function failureOf(system: System, resource: string, finished: Finished): OcfError {
  const said = failureText(finished)
  if (/minor exists in different resource|Minor or volume exists already/.test(finished.stderr))
    return failed(`the minor of ${resource} is already in use${describeOwner(system, finished)} (${said})`)
  const meaning = MEANINGS.find(({ words }) => words.test(finished.stderr) || words.test(finished.stdout))
  if (meaning === undefined) return failed(said)
  return meaning.error(`${meaning.says(resource)} (${said})`)
}

/** The command and what it said at its end. */
export function failureText(finished: Finished): string {
  return [`${finished.command} ${exitText(finished)}`, lastOutput(finished)].filter(Boolean).join(': ')
}

function describeOwner(system: System, finished: Finished): string {
  const minor = /new-minor \S+ (\d+)/.exec(finished.stderr)?.[1]
  const owner = minor === undefined ? undefined : minorOwner(system, Number(minor))
  return owner === undefined ? '' : ` by resource ${owner}`
}

/** What has the device open, in one sentence; empty when nothing is seen. */
export function describeUsers(system: System, resource: string, known: number | undefined): string[] {
  const minor = known ?? minorOf(system, resource)
  if (minor === undefined) return []
  const name = `drbd${minor}`
  const users = deviceUsers(system, name)
  return users.length === 0 ? [] : [`/dev/${name} is in use by ${users.join(', ')}`]
}
