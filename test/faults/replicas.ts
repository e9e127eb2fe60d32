import { isUnreadable, parseProcDrbd } from '../../system/drbd/proc-drbd.ts'
import { script } from '../../system/nodes/script.ts'
import { becomes, commandOn, nameOf, on, tryCommandOn } from './lab.ts'
import type { Layout, Placed } from './layout.ts'

/* Whether both sides of the data are the same, and whether each has a clean file system. */

const EQUALIZE = script`vhacs storage --verify ALL`
const VERIFY = script`drbdadm verify "$1"`
const STATUS = script`drbd-state`

const VERIFY_SECONDS = 600

/**
 * Compares all blocks of both sides, and makes them the same, as the first verification of a storage does: a new pair skips its first sync, so
 * that blocks which were never written differ. What the next verification finds is a difference that DRBD did not know of.
 */
export async function equalize({ storages: [first] }: Layout): Promise<void> {
  if (first !== undefined) await commandOn(first.exporter, EQUALIZE)
}

/** What differs, and what e2fsck finds, a line for each storage and side; stops the storages. */
export async function replicaFindings({ storages }: Layout): Promise<string[]> {
  const findings: string[] = []
  for (const storage of storages) {
    const differing = await differingKibibytes(storage)
    if (differing > 0) findings.push(`${storage.name}: the sides differ in ${differing} KiB`)
  }
  await commandOn(1, STOP)
  for (const { name, sides } of storages)
    for (const node of sides) {
      const { status, stdout, stderr } = await tryCommandOn(node, FSCK, name)
      if (status !== 0) findings.push(`${name} on ${nameOf(node)}: e2fsck: status ${status}: ${stdout} ${stderr}`)
    }
  return findings
}

const STOP = script`vhacs storage --standby ALL`
const FSCK = script`
lvchange -ay "vhacs/$1" && e2fsck -fn "/dev/vhacs/$1"
status=$?
lvchange -an "vhacs/$1"
exit $status`

/** In KiB, as the node that verifies says. */
async function differingKibibytes(storage: Placed): Promise<number> {
  await on(storage.exporter, VERIFY, storage.name)
  const hasEnded = async () => (await connectionOf(storage)).connection === 'Connected'
  if (!(await becomes(VERIFY_SECONDS, hasEnded))) throw new Error(`the verification of ${storage.name} does not end`)
  return (await connectionOf(storage)).outOfSync
}

async function connectionOf({ exporter, minor }: Placed): Promise<{ connection: string; outOfSync: number }> {
  const status = parseProcDrbd(await on(exporter, STATUS)).minors.get(minor)
  if (status === undefined || status === 'unconfigured' || isUnreadable(status))
    throw new Error(`minor ${minor} is not up`)
  const [peer] = status.peers
  return { connection: peer?.connection ?? 'StandAlone', outOfSync: (peer?.outOfSyncBytes ?? 0) / 1024 }
}
