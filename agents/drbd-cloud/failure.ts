import { failed, invalidHere, notInstalled, type OcfError } from '../../ocf/exit.ts'
import { minorOf, minorOwner } from '../../system/drbd/minors.ts'
import { exitText, type Finished, lastOutput, type System } from '../../system/system.ts'
import { deviceUsers } from '../../system/usage/device-users.ts'

const NO_METADATA = /no valid meta-?\s?data/i

/** Messages of DRBD's tools and their meanings, which the exit statuses do not distinguish. */
const MEANINGS: readonly {
  readonly pattern: RegExp
  readonly error: (message: string) => OcfError
  readonly describe: (resource: string) => string
}[] = [
  {
    pattern: NO_METADATA,
    error: invalidHere,
    describe: resource =>
      `the disk of ${resource} has no valid DRBD meta-data: if DRBD was upgraded, convert them; on a new disk, run "drbdadm create-md ${resource}" on this node, and the data come from the peer. To convert, run the same by hand, say "yes" to the conversion, and anything else to a replacement`,
  },
  {
    pattern: /unclean"? meta-?\s?data|meta-?\s?data is "unclean"/i,
    error: invalidHere,
    describe: resource =>
      `the activity log of ${resource} on this node could not be applied: run "drbdadm apply-al ${resource}"; without it, it is unknown what must be replicated; if that fails too and the peer has good data, run "drbdadm create-md ${resource}", and the data come from the peer`,
  },
  {
    pattern: /Low\.dev\. smaller|Meta device too small|Implicit device shrinking/,
    error: invalidHere,
    describe: resource =>
      `the disk of ${resource} on this node is too small: it must be as large as before, and as the peer's`,
  },
  {
    pattern: /IO error\(s\) occurred during initial access to meta-data|Input\/output error/,
    error: failed,
    describe: resource =>
      `the disk of ${resource} fails: its DRBD meta-data cannot be read or written; check the kernel log`,
  },
  {
    pattern: /Can only attach to the data we lost last/,
    error: failed,
    describe: resource => `the disk of ${resource} does not have the data that are in use; check the kernel log`,
  },
  {
    pattern: /not defined in your config|no resources defined|ignored, since this host/,
    error: invalidHere,
    describe: resource => `DRBD resource ${resource} is not configured on this node`,
  },
  {
    pattern: /^\S+:\d+: .*(parse error|conflicting use|expected|duplicate|failed to open include file)/im,
    error: invalidHere,
    describe: () => 'the DRBD configuration of this node is invalid: correct the file that drbdadm names',
  },
  {
    pattern:
      /execvp\(\) failed|without support for drbd kernel code|unrecognized option|generic netlink|API mismatch|API_VERSION mismatch|userland tools/,
    error: notInstalled,
    describe: () => 'drbd-utils on this node do not match the kernel module drbd: install those for its version',
  },
  {
    pattern: /open\(.*\) failed: No such file|Can not open (backing|meta) device/,
    error: failed,
    describe: resource => `the disk of ${resource} does not exist`,
  },
  {
    pattern: /Device or resource busy|already claimed/,
    error: failed,
    describe: resource => `the disk of ${resource} is in use by something else`,
  },
  {
    pattern: /Local address\(port\) already in use/,
    error: failed,
    describe: resource => `another DRBD resource of this node already uses the address and port of ${resource}`,
  },
]

/** Whether a tool failed because the disk has no meta-data of the version that runs. */
export function lacksMetadata({ stderr }: Finished): boolean {
  return NO_METADATA.test(stderr)
}

/** The error for a disk whose meta-data are of the other major version: they say what must be replicated, new ones do not. */
export function otherMetadata(resource: string, found: 8 | 9, finished: Finished): OcfError {
  const [has, runs] = found === 8 ? ['8.4', '9'] : ['9', '8.4']
  return invalidHere(
    `the meta-data of ${resource} are of DRBD ${has}, and DRBD ${runs} runs: load DRBD ${has}, or convert them (docs/drbd-9.md); never replace them (${failureText(finished)})`,
  )
}

/** The error for a tool that failed: the meaning of DRBD's message, if it is known, and the message itself. */
export function failureOf(system: System, resource: string, finished: Finished): OcfError {
  const text = failureText(finished)
  if (/minor exists in different resource|Minor or volume exists already/.test(finished.stderr))
    return failed(`the minor of ${resource} is already in use${describeOwner(system, finished)} (${text})`)
  const meaning = MEANINGS.find(({ pattern }) => pattern.test(finished.stderr) || pattern.test(finished.stdout))
  if (meaning === undefined) return failed(text)
  return meaning.error(`${meaning.describe(resource)} (${text})`)
}

/** The command, its exit status and its last output. */
export function failureText(finished: Finished): string {
  return [`${finished.command} ${exitText(finished)}`, lastOutput(finished)].filter(Boolean).join(': ')
}

function describeOwner(system: System, finished: Finished): string {
  const minor = /new-minor \S+ (\d+)/.exec(finished.stderr)?.[1]
  const owner = minor === undefined ? undefined : minorOwner(system, Number(minor))
  return owner === undefined ? '' : ` by resource ${owner}`
}

/** The users that have the device open, in one sentence; empty when none are found. */
export function describeUsers(system: System, resource: string, known: number | undefined): string[] {
  const minor = known ?? minorOf(system, resource)
  if (minor === undefined) return []
  const name = `drbd${minor}`
  const users = deviceUsers(system, name)
  return users.length === 0 ? [] : [`/dev/${name} is in use by ${users.join(', ')}`]
}
