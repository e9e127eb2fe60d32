import { modules } from './modules.ts'
import type { FakeSystem } from './system.ts'
import { type Directory, directory, type Entry, file, liveFile, refuse } from './tree.ts'

/** LIO's part of the fake kernel. */
export interface FakeLio {
  /** Sessions of initiators, as `INITIATOR at IQN`; cut when their TPG is disabled. */
  readonly sessions: string[]
  /** Paths of devices that somebody else has open exclusively, as a mount does. */
  readonly held: Set<string>
  /** Told of what an initiator would notice, in the order of `changes`. */
  onNotice: (what: string) => void
}

const ROOT = '/sys/kernel/config/target'

/**
 * configfs of LIO as the kernel 6.1 has it: mkdir makes an item with its attributes and default groups, which can neither
 * be removed on their own nor be added to; an item that something links to is busy.
 * Loaded by modprobe, unless `loaded`. The block devices are those put below /dev.
 */
export function lio(system: FakeSystem, { loaded = true } = {}): FakeLio {
  const state: FakeLio = { sessions: [], held: new Set(), onNotice: () => {} }
  const links = new Map<string, string>()
  const root = targetRoot({ system, state, links })
  const load = () => system.put(ROOT, root)
  system.put('/sys/kernel/config', directory())
  if (loaded) load()
  modules(system, {
    configfs: () => {},
    target_core_mod: load,
    target_core_iblock: () => {},
    iscsi_target_mod: () => {},
  })
  return state
}

interface Kernel {
  readonly system: FakeSystem
  readonly state: FakeLio
  /** Where each link of configfs leads, by its path. */
  readonly links: Map<string, string>
}

/** An item of configfs. */
interface Item {
  readonly path: string
  readonly attributes?: Readonly<Record<string, Entry | string>>
  /** Default groups. */
  readonly groups?: Readonly<Record<string, Directory>>
  readonly make?: (name: string) => Directory
  readonly link?: (target: string) => void
  readonly unlink?: () => void
  readonly isFixed?: boolean
}

function item({ system, links }: Kernel, { path, attributes = {}, groups = {}, ...rules }: Item): Directory {
  const files = Object.entries(attributes).map(([name, value]): [string, Entry] => [
    name,
    typeof value === 'string' ? file(value) : value,
  ])
  const made = directory(
    {
      make: rules.make ?? (() => refuse('EPERM')),
      link: (name, target) => {
        if (rules.link === undefined) refuse('EPERM')
        system.stat(target)
        rules.link(target)
        links.set(`${path}/${name}`, target)
      },
      unlink: name => {
        if (name in attributes || name in groups) refuse('EPERM')
        if (links.delete(`${path}/${name}`)) rules.unlink?.()
      },
      removed: () => {
        if (rules.isFixed) refuse('EPERM')
        if ([...links.values()].includes(path)) refuse('EBUSY')
        if (hasOwnItems(made)) refuse('ENOTEMPTY')
      },
    },
    { ...Object.fromEntries(files), ...groups },
  )
  fixed.set(made, Object.keys(groups))
  return made
}

/** The default groups of an item: they go with it. */
const fixed = new WeakMap<Directory, readonly string[]>()

function hasOwnItems(item: Directory): boolean {
  const groups = fixed.get(item) ?? []
  return [...item.entries].some(([name, entry]) => {
    if (entry.kind === 'link') return true
    if (entry.kind !== 'directory') return false
    return groups.includes(name) ? hasOwnItems(entry) : true
  })
}

const group = (kernel: Kernel, path: string, attributes: Readonly<Record<string, string>> = {}) =>
  item(kernel, { path, attributes, isFixed: true })

function targetRoot(kernel: Kernel): Directory {
  const core = item(kernel, {
    path: `${ROOT}/core`,
    isFixed: true,
    make: name => (/^iblock_\d+$/.test(name) ? hba(kernel, `${ROOT}/core/${name}`) : refuse('EINVAL')),
  })
  return item(kernel, {
    path: ROOT,
    isFixed: true,
    attributes: { version: 'Target Engine Core ConfigFS Infrastructure v5.0\n' },
    groups: { core },
    make: name => (name === 'iscsi' ? fabric(kernel, `${ROOT}/iscsi`) : refuse('EINVAL')),
  })
}

function hba(kernel: Kernel, path: string): Directory {
  return item(kernel, {
    path,
    attributes: { hba_info: 'HBA Index: 1 plugin: iblock version: v5.0\n', hba_mode: '0\n' },
    make: name => backstore(kernel, `${path}/${name}`),
  })
}

/** drivers/target/target_core_configfs.c and target_core_iblock.c */
function backstore(kernel: Kernel, path: string): Directory {
  const { system, state, links } = kernel
  let controlled = ''
  let udevPath = ''
  let serial = ''
  let isEnabled = false
  const isExported = () => [...links.values()].includes(path)
  const open = (text: string) => {
    if (text.trim() !== '1' || isEnabled) refuse('EINVAL')
    if (controlled === '') refuse('EINVAL')
    if (system.stat(controlled).kind !== 'block') refuse('ENOTBLK')
    if (state.held.has(controlled)) refuse('EBUSY')
    isEnabled = true
  }
  const attributes = {
    // options end at a comma or a newline
    control: liveFile(refuseRead, text => {
      controlled = /^udev_path=([^,\n]*)/.exec(text)?.[1] ?? controlled
    }),
    udev_path: liveFile(
      () => `${udevPath}\n`,
      text => {
        udevPath = text.replace(/\n$/, '')
      },
    ),
    enable: liveFile(() => (isEnabled ? '1\n' : '0\n'), open),
    info: 'Status: ACTIVATED\n',
  }
  const unitSerial = liveFile(
    () => `T10 VPD Unit Serial Number: ${serial}\n`,
    text => {
      if (isExported()) refuse('EINVAL')
      serial = text.trim()
    },
  )
  const wwn = item(kernel, { path: `${path}/wwn`, isFixed: true, attributes: { vpd_unit_serial: unitSerial } })
  const attrib = group(kernel, `${path}/attrib`, { emulate_tpu: '0\n', block_size: '512\n' })
  return item(kernel, { path, attributes, groups: { wwn, attrib } })
}

const refuseRead = () => refuse('EACCES')

/** drivers/target/iscsi/iscsi_target_configfs.c */
function fabric(kernel: Kernel, path: string): Directory {
  return item(kernel, {
    path,
    attributes: { lio_version: 'Datera Inc. iSCSI Target v4.1.0\n' },
    groups: { discovery_auth: group(kernel, `${path}/discovery_auth`) },
    make: name => (/^(iqn|eui|naa)\./.test(name) ? target(kernel, `${path}/${name}`) : refuse('EINVAL')),
  })
}

function target(kernel: Kernel, path: string): Directory {
  return item(kernel, {
    path,
    groups: { fabric_statistics: group(kernel, `${path}/fabric_statistics`) },
    make: name => (/^tpgt_\d+$/.test(name) ? portalGroup(kernel, path, name) : refuse('EINVAL')),
  })
}

function portalGroup(kernel: Kernel, targetPath: string, name: string): Directory {
  const path = `${targetPath}/${name}`
  const { state } = kernel
  let isEnabled = false
  const enable = liveFile(
    () => (isEnabled ? '1\n' : '0\n'),
    text => {
      const next = text.trim() === '1'
      // "is already active, ignoring request"
      if (next === isEnabled) refuse('EINVAL')
      isEnabled = next
      state.onNotice(next ? 'TPG enabled' : 'TPG disabled')
      if (!next) cutSessions(state, targetPath)
    },
  )
  const portals = item(kernel, {
    path: `${path}/np`,
    isFixed: true,
    make: portal => portalItem(kernel, `${path}/np/${portal}`),
  })
  const luns = item(kernel, {
    path: `${path}/lun`,
    isFixed: true,
    make: lun => (/^lun_\d+$/.test(lun) ? lunItem(kernel, targetPath, `${path}/lun/${lun}`) : refuse('EINVAL')),
  })
  const acls = item(kernel, {
    path: `${path}/acls`,
    isFixed: true,
    make: initiator => aclItem(kernel, path, `${path}/acls/${initiator}`),
  })
  const attrib = group(kernel, `${path}/attrib`, {
    authentication: '1\n',
    generate_node_acls: '0\n',
    demo_mode_write_protect: '1\n',
  })
  return item(kernel, {
    path,
    attributes: { enable, dynamic_sessions: '' },
    groups: {
      np: portals,
      lun: luns,
      acls,
      attrib,
      auth: group(kernel, `${path}/auth`),
      param: group(kernel, `${path}/param`),
    },
  })
}

function cutSessions(state: FakeLio, targetPath: string): void {
  const kept = state.sessions.filter(session => !session.endsWith(` at ${targetPath.split('/').at(-1)}`))
  if (kept.length < state.sessions.length) state.onNotice('sessions cut')
  state.sessions.splice(0, state.sessions.length, ...kept)
}

function portalItem(kernel: Kernel, path: string): Directory {
  return item(kernel, { path, attributes: { iser: '0\n', cxgbit: '0\n' } })
}

function lunItem(kernel: Kernel, targetPath: string, path: string): Directory {
  const { system, links, state } = kernel
  return item(kernel, {
    path,
    attributes: { alua_tg_pt_offline: '0\n', alua_tg_pt_status: '0\n' },
    groups: { statistics: group(kernel, `${path}/statistics`) },
    link: to => {
      if (isLinkedFrom(links, path)) refuse('EEXIST')
      if (!to.startsWith(`${ROOT}/core/`) || system.read(`${to}/enable`).trim() !== '1') refuse('ENODEV')
    },
    unlink: () => {
      const iqn = targetPath.split('/').at(-1)
      if (state.sessions.some(session => session.endsWith(` at ${iqn}`))) state.onNotice('LUN gone under a session')
    },
  })
}

function aclItem(kernel: Kernel, tpgPath: string, path: string): Directory {
  return item(kernel, {
    path,
    attributes: { info: 'No active iSCSI Session for Initiator Endpoint\n', cmdsn_depth: '64\n' },
    groups: { attrib: group(kernel, `${path}/attrib`), auth: group(kernel, `${path}/auth`) },
    make: name => (/^lun_\d+$/.test(name) ? mappedLun(kernel, tpgPath, `${path}/${name}`) : refuse('EINVAL')),
  })
}

function mappedLun(kernel: Kernel, tpgPath: string, path: string): Directory {
  return item(kernel, {
    path,
    attributes: { write_protect: '0\n' },
    link: to => {
      if (!to.startsWith(`${tpgPath}/lun/`) || !isLinkedFrom(kernel.links, to)) refuse('EINVAL')
    },
  })
}

function isLinkedFrom(links: Kernel['links'], path: string): boolean {
  return [...links.keys()].some(from => from.startsWith(`${path}/`))
}
