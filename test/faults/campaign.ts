import { appendFileSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../build/root.ts'
import { script } from '../../system/nodes/script.ts'
import { createContainer } from './container.ts'
import type { Fault } from './fault.ts'
import { commandOn, lab, nameOf, tryCommandOn, tryOn } from './lab.ts'
import { readLayout } from './layout.ts'
import { type Random, randomFrom } from './random.ts'
import { equalize, replicaFindings } from './replicas.ts'
import { playRound, type Recorded, type Round } from './round.ts'
import { readSettings, type Settings } from './settings.ts'
import { spread } from './spread.ts'
import { grown, type Usage, usageOf } from './usage.ts'
import { startWatch, type Watch } from './watch.ts'

/*
 * make faults: breaks a running cluster of emulated nodes in random ways, under load, and checks after each fault that nothing was lost.
 * settings.ts has the environment variables. Each fault is a line of JSON in dist/faults/SEED.jsonl.
 */

const ROLES = script`vhacs node --setrole ALL "$1"`
const CREATE = script`vhacs storage --create "$1" --size 96M --nodes node1,node2`
/** Only from the cluster: the data go with the storages. */
const DESTROY = script`vhacs vserver --destroy ALL --keep-tree --yes; vhacs storage --destroy ALL --force --yes`

const HERE = join(root, 'test/faults')

async function prepare({ nodes, storages, hasContainer }: Settings): Promise<void> {
  for (const node of nodes) {
    await lab('push', node, join(root, 'test/lab/guest/records'), '/usr/local/bin/records')
    await lab('push', node, join(HERE, 'guest/observe'), '/usr/local/bin/observe')
  }
  await tryCommandOn(1, DESTROY) // what an earlier campaign has left
  await commandOn(1, ROLES, `node1-${nodes.length}`)
  await commandOn(1, CREATE, storages.join(','))
  const [first = ''] = storages
  if (hasContainer) await createContainer(first)
  await equalize(await readLayout(nodes))
}

/** Faults in an order without end, each once before any comes again. */
function* repeated(faults: readonly Fault[], random: Random): Generator<Fault, never> {
  for (;;) yield* random.shuffled(faults)
}

const LOGS = script`
crm_mon -1rfA
drbd-state
dmesg | tail -n 100
journalctl --no-pager --lines 60 --unit 'vhacs-nspawn-*'
grep -aE 'vhacs|error|warning|Initiating|Result of|fenc' /var/log/pacemaker/pacemaker.log | tail -n 400`

/** Keeps what the nodes say, and prints how to do it again. */
async function keepFailure(
  { seed, nodes }: Settings,
  { number, fault, storage }: Pick<Round, 'number' | 'fault' | 'storage'>,
): Promise<void> {
  const directory = join(root, 'dist/faults', `${seed}-${number}`)
  mkdirSync(directory, { recursive: true })
  for (const node of nodes) {
    const { stdout, stderr } = await tryOn(node, LOGS)
    appendFileSync(join(directory, nameOf(node)), `${stdout}\n${stderr}`)
  }
  say(`  the nodes' logs: ${directory}`)
  say(`  again: make faults SEED=${seed} COUNT=1 NODES=${nodes.length} STORAGE=${storage} FAULT="${fault}"`)
}

function say(line: string): void {
  process.stdout.write(`${line}\n`)
}

function report({ number, fault, where, pauses, containerPauses, recovery, records, lost, findings }: Round): void {
  const all = [...pauses, ...containerPauses].map(one => one.toFixed(1))
  const paused = all.length === 0 ? 'its own clients ended' : `paused ${all.join(', ')} s`
  say(
    `${number}. ${fault} (${where}): ${paused}; well after ${recovery.toFixed(0)} s; ${records} records, ${lost} lost`,
  )
  for (const finding of findings) say(`  ${finding}`)
}

/** How often in a row each fault may have no place; on which storage it falls is chosen anew each time. */
const MISSES = 5

/** Plays faults until there were enough of them, or the time is over, or the cluster does not become well again. */
async function* rounds(settings: Settings, watch: Watch): AsyncGenerator<Round> {
  const { seed, count, minutes, nodes, faults, hit, isShort: clears } = settings
  const random = randomFrom(seed)
  const end = performance.now() + minutes * 60_000
  let [number, misses] = [1, 0]
  for (const fault of repeated(faults, random)) {
    if (number > count || performance.now() > end) return
    if (misses === faults.length * MISSES)
      throw new Error(`there is no place for ${faults.map(({ name }) => `"${name}"`).join(', ')} in this cluster`)
    const layout = await spread(await readLayout(nodes), random)
    const storage = random.oneOf(layout.storages.filter(({ name }) => hit.includes(name)))
    const round = await playRound(layout, { number, fault, storage, random, clears }, watch).catch(async error => {
      say(`${number}. ${fault.name}, on ${storage.name}: the campaign cannot go on`)
      await keepFailure(settings, { number, fault: fault.name, storage: storage.name })
      throw error
    })
    misses += 1
    if (round === undefined) continue
    misses = 0
    number += 1
    yield round
    if (!round.isWell) return // what follows would be about this one
  }
}

async function campaign(settings: Settings): Promise<boolean> {
  const { seed, nodes } = settings
  const records = join(root, 'dist/faults', `${seed}.jsonl`)
  mkdirSync(join(root, 'dist/faults'), { recursive: true })
  say(`seed ${seed}, ${nodes.length} nodes`)
  await prepare(settings)
  const watch = startWatch(nodes)
  const usages: Usage[][] = nodes.map(() => [])
  const begin = performance.now()
  let [played, failed] = [0, 0]
  for await (const round of rounds(settings, watch)) {
    played += 1
    report(round)
    const recorded: Recorded = { ...round, seed, nodes: nodes.length, samples: watch.count() }
    appendFileSync(records, `${JSON.stringify(recorded)}\n`)
    if (round.lost > 0 || round.findings.length > 0) {
      failed += 1
      await keepFailure(settings, round)
    }
    if (round.isWell) for (const [index, node] of nodes.entries()) usages[index]?.push(await usageOf(node))
  }
  await watch.end()
  const growth = nodes.flatMap((node, index) => grown(usages[index] ?? []).map(what => `${nameOf(node)}: ${what}`))
  const differences = failed === 0 ? await replicaFindings(await readLayout(nodes)) : []
  for (const finding of [...growth, ...differences]) say(finding)
  if (failed === 0) await tryCommandOn(1, DESTROY) // otherwise there is something to look at
  say(`${played} faults in ${((performance.now() - begin) / 60_000).toFixed(0)} minutes, ${failed} with findings`)
  return failed + growth.length + differences.length === 0
}

// not by itself: what still runs on a node that hangs would be waited for
process.exit((await campaign(readSettings(process.env))) ? 0 : 1)
