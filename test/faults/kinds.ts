import type { Fault } from './fault.ts'
import { containerFaults } from './kinds/containers.ts'
import { daemonFaults } from './kinds/daemons.ts'
import { diskFaults } from './kinds/disks.ts'
import { networkFaults } from './kinds/networks.ts'
import { nodeFaults } from './kinds/nodes.ts'
import { objectFaults } from './kinds/objects.ts'
import { operatorFaults } from './kinds/operators.ts'
import { shortageFaults } from './kinds/shortage.ts'
import { splitBrainFaults } from './kinds/split-brain.ts'
import { verbFaults } from './kinds/verbs.ts'

/** Everything that the campaign can do to a cluster. */
export const ALL_FAULTS: readonly Fault[] = [
  ...nodeFaults,
  ...networkFaults,
  ...daemonFaults,
  ...diskFaults,
  ...objectFaults,
  ...containerFaults,
  ...operatorFaults,
  ...splitBrainFaults,
  ...shortageFaults,
  ...verbFaults,
]

/** Ten that end soon. Together they meet nodes, networks, a daemon, a disk, and each layer from DRBD to the mount. */
export const SHORT: readonly string[] = [
  'the exporting node is killed',
  'the storage cable of the exporting node is pulled for 20 s',
  'the replication cable is pulled for 60 s',
  'iscsid is killed on the mounting node',
  'the data disk of the exporting side returns errors for 30 s',
  'the target portal group is disabled',
  'the address of the portal is removed',
  'the file system is unmounted',
  "DRBD's secondary is taken down",
  'the export is moved',
]
