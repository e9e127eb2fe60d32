import { begunVservers, vserverCreationAttribute } from '../../../cloud/node-attributes.ts'
import { setNodeAttribute } from '../../../system/pacemaker/cib/cib.ts'
import type { System } from '../../../system/system.ts'
import { readCib } from '../../clouds/read-cib.ts'

/** Removes the notes that a vserver is being created, of whichever creations. */
export async function forgetCreation(system: System, name: string): Promise<void> {
  const { cluster } = await readCib(system)
  const notes = begunVservers(cluster.nodes).filter(begun => begun.name === name)
  for (const { node } of notes) await setNodeAttribute(system, node, vserverCreationAttribute(name), undefined)
}
