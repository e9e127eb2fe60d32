import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readCib } from '../cli/clouds/read-cib.ts'
import { simulatedTakeovers } from '../cli/readiness/simulate.ts'
import { parseActiveResources } from '../cloud/pacemaker/active-resources.ts'
import { parseClusterStatus } from '../cloud/pacemaker/cluster-status.ts'
import { monitorCluster } from '../system/pacemaker/cib/cib.ts'
import type { System } from '../system/system.ts'
import { fakeCluster } from '../test/fake/cluster/cluster.ts'
import { cloudOf } from '../test/unit/cloud/scheduler/clusters.ts'
import { median } from './results.ts'

/*
 * What it costs to ask Pacemaker's scheduler whether all storages of two nodes would be taken over: CPU seconds of our own work, and of
 * crm_simulate. Prints a line for docs/readiness.md. The state of the cluster is made up; the scheduler is real.
 */

const CLOUDS = 32
const RUNS = Number(process.env.RUNS ?? 5)

const clouds = Array.from({ length: CLOUDS }, (_, index) => {
  const [first, second] = index % 2 === 0 ? (['node1', 'node2'] as const) : (['node2', 'node1'] as const)
  return cloudOf(index, { storageNodes: [first, second], preferredVhosts: [second, first] })
})

const directory = mkdtempSync(join(tmpdir(), 'vhacs-bench-'))
const timing = join(directory, 'times')

/** CPU seconds of the calls of the scheduler since the last look. */
let scheduling = 0
let calls = 0

/** Runs crm_simulate, and adds its CPU seconds; the tools of the fake do the rest. */
function withScheduler(system: System): System {
  return {
    ...system,
    run: async (tool, args, options = {}) => {
      if (tool.name !== 'crm_simulate') return system.run(tool, args, options)
      const script = `TIMEFORMAT='%U %S'; { time crm_simulate "$@" 2>/dev/null; } 2>"$TIMES"`
      const env = { PATH: process.env.PATH, CIB_shadow_dir: directory, TIMES: timing }
      const { status, stdout, stderr } = spawnSync('bash', ['-c', script, 'bash', ...args], {
        ...{ input: options.input ?? '', encoding: 'utf8', maxBuffer: 2 ** 28, env },
      })
      scheduling += readFileSync(timing, 'utf8')
        .trim()
        .split(' ')
        .map(Number)
        .reduce((sum, one) => sum + one, 0)
      calls++
      return { command: 'crm_simulate', status: status ?? undefined, stdout, stderr }
    },
  }
}

writeFileSync(timing, '0 0')
const { system } = fakeCluster(clouds)
const own: number[] = []
const ofScheduler: number[] = []
// the first run apart: it compiles
for (let run = 0; run <= RUNS; run++) {
  const monitor = await monitorCluster(system)
  const begun = process.cpuUsage()
  scheduling = 0
  calls = 0
  const snapshot = await readCib(system)
  const known = { snapshot, status: parseClusterStatus(monitor), active: parseActiveResources(monitor) }
  await simulatedTakeovers(withScheduler(system), known, ['node1', 'node2'])
  const { user, system: kernel } = process.cpuUsage(begun)
  if (run === 0) continue
  own.push((user + kernel) / 1e6)
  ofScheduler.push(scheduling)
}
rmSync(directory, { recursive: true })
process.stdout.write(
  `${CLOUDS} storages on 2 nodes: ${median(own).toFixed(2)} s of our own, ${median(ofScheduler).toFixed(2)} s of crm_simulate in ${calls} calls\n`,
)
