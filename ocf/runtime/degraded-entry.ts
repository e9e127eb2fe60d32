import { errorText } from '../../system/error-text.ts'
import { fileNameOf, ignoreMissing, RUN_DIRECTORY, readLine, writeNote } from '../../system/files.ts'
import { hasDegradedEntry, removeDegradedEntry } from '../../system/pacemaker/failed-entry.ts'
import { withoutInstanceNumber } from '../../system/pacemaker/ids.ts'
import type { Context } from '../agent.ts'
import type { ParameterEnvironment } from '../parameters.ts'

/*
 * Pacemaker lists a monitor that returned 190 or 191 among the failed actions until an operator cleans the resource up: neither
 * later monitors nor failure-timeout end that. A note records that such an entry exists. The entry is removed once the resource has
 * been healthy for a while, so that crm_mon shows no past failure. The monitors that do I/O have their own note.
 */

/** The entry of a resource that is degraded repeatedly is not removed each time. */
const SETTLED_MILLISECONDS = 60_000

/** The resources of a node may all recover at once; each removal makes Pacemaker calculate a transition. */
const PACE_MILLISECONDS = 3000

/** Pacemaker's controller remembers the entry, and writes it again when the cluster elects another coordinator. */
const AGAIN_MILLISECONDS = 600_000

const DEGRADED = 'degraded'
const REMOVED = 'removed '
const PACE_NOTE = `${RUN_DIRECTORY}/removed-degraded-entry`
const TIMEOUT_SECONDS = 3
/** A stop that has succeeded must not run into its deadline, and get the node fenced, because of a line in crm_mon. */
const NEEDED_SECONDS = 4 * TIMEOUT_SECONDS

type Scene = Pick<Context, 'system' | 'log' | 'instance' | 'deadline'>

/** The result of a monitor that found the resource running. */
interface Finding {
  readonly isDegraded: boolean
  readonly kind: 'plain' | 'deep'
}

/**
 * After each recurring monitor that found the resource running. Starts a process only to remove an entry, and every ten minutes to
 * check whether a removed entry has reappeared.
 */
export async function noteMonitor(
  scene: Scene,
  { isDegraded, kind }: Finding,
  environment: ParameterEnvironment,
): Promise<void> {
  const { system, instance } = scene
  const path = notePath(instance, kind)
  await tolerate(scene, async () => {
    const note = readLine(system, path)
    if (isDegraded) {
      if (note !== DEGRADED) await writeNote(system, path, DEGRADED)
      return
    }
    if (note === undefined) return
    const { since, wait } = timesIn(note)
    const isTime = since <= system.now()
    if (!isTime) await writeNote(system, path, String(system.now()))
    else if (system.now() - since >= wait && !isDegradedTo(scene, OTHER[kind]))
      await removeEntry(scene, path, environment)
  })
}

/** The time since which the resource has been healthy or the entry removed, and the wait before Pacemaker is queried. */
function timesIn(note: string): { readonly since: number; readonly wait: number } {
  return note.startsWith(REMOVED)
    ? { since: Number(note.slice(REMOVED.length)), wait: AGAIN_MILLISECONDS }
    : { since: Number(note), wait: SETTLED_MILLISECONDS }
}

/** After a stop, because nothing will monitor the resource here any more. */
export async function noteStop(scene: Scene, environment: ParameterEnvironment): Promise<void> {
  for (const kind of ['plain', 'deep'] as const) {
    const path = notePath(scene.instance, kind)
    await tolerate(scene, async () => {
      if (readLine(scene.system, path) !== undefined) await removeEntry(scene, path, environment)
    })
  }
}

const OTHER = { plain: 'deep', deep: 'plain' } as const

function isDegradedTo({ system, instance }: Scene, kind: Finding['kind']): boolean {
  return readLine(system, notePath(instance, kind)) === DEGRADED
}

async function removeEntry(scene: Scene, path: string, environment: ParameterEnvironment): Promise<void> {
  const { system, log, instance, deadline } = scene
  if (deadline.remainingSeconds() < NEEDED_SECONDS) return
  const last = Number(readLine(system, PACE_NOTE))
  if (last <= system.now() && system.now() - last < PACE_MILLISECONDS) return
  const node = environment.OCF_RESKEY_CRM_meta_on_node
  if (node === undefined) return ignoreMissing(() => system.remove(path))
  // if Pacemaker does not answer now, it is queried again after the same time
  await writeNote(system, path, String(system.now()))
  const entry = { node, resource: withoutInstanceNumber(instance) }
  const bounds = { signal: deadline.signal, timeoutSeconds: TIMEOUT_SECONDS }
  if (await hasDegradedEntry(system, entry, bounds)) {
    await writeNote(system, PACE_NOTE, String(system.now()))
    log.info(`no longer degraded: removing it from Pacemaker's failed actions`)
    await removeDegradedEntry(system, entry, bounds)
  }
  await writeNote(system, path, `${REMOVED}${system.now()}`)
}

/** The state of the resource is right whether or not crm_mon shows an old entry. */
async function tolerate({ log, instance }: Scene, change: () => Promise<void>): Promise<void> {
  try {
    await change()
  } catch (error) {
    log.info(`an old failed action of ${instance} may remain in crm_mon: ${errorText(error)}`)
  }
}

function notePath(instance: string, kind: Finding['kind']): string {
  return `${RUN_DIRECTORY}/degraded-${fileNameOf(withoutInstanceNumber(instance))}${kind === 'deep' ? ':deep' : ''}`
}
