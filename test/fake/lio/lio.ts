import { modules } from '../proc/modules.ts'
import { procNetTcp } from '../proc/proc-net.ts'
import type { FakeSystem } from '../system.ts'
import { directory, liveFile, refuse } from '../tree.ts'
import { item } from './configfs.ts'
import { coreGroup } from './lio-core.ts'
import { iscsiFabric } from './lio-iscsi.ts'
import { type FakeLio, type Kernel, ROOT } from './lio-kernel.ts'

/**
 * configfs of LIO as the kernels 6.1 and (with `linux`) 6.12 have it, and the sockets that it opens. Loaded by modprobe, unless `loaded`. The block
 * devices are those put below /dev.
 */
export function lio(system: FakeSystem, { loaded = true, linux = 6.1 } = {}): FakeLio {
  const state: FakeLio = { sessions: [], held: new Set(), listening: new Set(), devices: new Map(), onNotice: () => {} }
  const ports = linux === 6.1 ? undefined : new Map<number, string>()
  const kernel: Kernel = { system, state, links: new Map(), portals: new Set(), claims: new Set(), ports }
  const root = item(system, kernel.links, {
    path: ROOT,
    isFixed: true,
    attributes: { version: 'Target Engine Core ConfigFS Infrastructure v5.0\n' },
    groups: { core: coreGroup(kernel) },
    make: name => (name === 'iscsi' ? iscsiFabric(kernel) : refuse('EINVAL')),
  })
  const load = () => system.put(ROOT, root)
  system.put('/sys/kernel/config', directory())
  const sockets = () => [...state.listening, ...[...kernel.portals].map(portal => portal.split(' ')[2] ?? '')]
  system.put(
    '/proc/net/tcp',
    liveFile(() => procNetTcp(sockets().filter(socket => !socket.startsWith('[')))),
  )
  system.put(
    '/proc/net/tcp6',
    liveFile(() => procNetTcp(sockets().filter(socket => socket.startsWith('[')))),
  )
  if (loaded) load()
  modules(system, {
    configfs: () => {},
    target_core_mod: load,
    target_core_iblock: () => {},
    iscsi_target_mod: () => {},
  })
  return state
}
