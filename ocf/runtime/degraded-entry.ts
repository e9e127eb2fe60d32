import { errorText } from '../../system/error-text.ts'
import { fileNameOf, ignoreMissing, RUN_DIRECTORY, readLine, writeNote } from '../../system/files.ts'
import { hasDegradedEntry, removeDegradedEntry } from '../../system/pacemaker/failed-entry.ts'
import { withoutInstanceNumber } from '../../system/pacemaker/ids.ts'
import type { Context } from '../agent.ts'
import type { ParameterEnvironment } from '../parameters.ts'

/*
 * Pacemaker lists a monitor that returned 190 or 191 among the failed actions until somebody cleans the resource up: neither its
 * later monitors nor failure-timeout end that. A note remembers that there is such an entry, and the entry goes once all has been
 * well for a while, so that crm_mon shows no failure that is over. The monitors that do I/O have their own note.
 */

/** A resource that is degraded again and again is not cleaned up each time. */
const SETTLED_MILLISECONDS = 60_000

/** The resources of a node may all recover at once; each removal makes Pacemaker calculate a transition. */
const PACE_MILLISECONDS = 3000

/** Pacemaker's controller remembers the entry, and writes it again when the cluster elects another coordinator. */
const AGAIN_MILLISECONDS = 600_000

const DEGRADED = 'degraded'
const REMOVED = 'removed '
const PACE_NOTE = `${RUN_DIRECTORY}/removed-degraded-entry`
const TIMEOUT_SECONDS = 3
/** A stop that has succeeded must not run into its deadline, and have the node fenced, for a line in crm_mon. */
const NEEDED_SECONDS = 4 * TIMEOUT_SECONDS

type Scene = Pick<Context, 'system' | 'log' | 'instance' | 'deadline'>

/** A monitor that found the resource running, and how. */
interface Finding {
  readonly isDegraded: boolean
  readonly kind: 'plain' | 'deep'
}

/**
 * After each recurring monitor that found the resource running. Starts a process only to remove an entry, and every ten minutes to see
 * whether one that was removed is there again.
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

/** Since when all has been well, or the entry has been removed, and how long after that Pacemaker is asked. */
function timesIn(note: string): { readonly since: number; readonly wait: number } {
  return note.startsWith(REMOVED)
    ? { since: Number(note.slice(REMOVED.length)), wait: AGAIN_MILLISECONDS }
    : { since: Number(note), wait: SETTLED_MILLISECONDS }
}

/** After a stop: nothing will monitor the resource here any more. */
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
  // where Pacemaker does not answer now, it is asked again after as long
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
