import { type Directory, type Entry, liveFile, refuse } from '../tree.ts'
import { attribute, item } from './configfs.ts'
import { type Kernel, ROOT } from './lio-kernel.ts'

/** target/iscsi: drivers/target/iscsi/iscsi_target_configfs.c and target_core_fabric_configfs.c */
export function iscsiFabric(kernel: Kernel): Directory {
  const path = `${ROOT}/iscsi`
  return item(kernel.system, kernel.links, {
    path,
    attributes: { lio_version: 'Datera Inc. iSCSI Target v4.1.0\n', cpus_allowed_list: '0-1\n' },
    groups: { discovery_auth: group(kernel, `${path}/discovery_auth`) },
    make: name => (/^(iqn|eui|naa)\./.test(name) ? target(kernel, name) : refuse('EINVAL')),
  })
}

const group = (kernel: Kernel, path: string, attributes: Readonly<Record<string, Entry | string>> = {}) =>
  item(kernel.system, kernel.links, { path, attributes, isFixed: true })

function target(kernel: Kernel, iqn: string): Directory {
  const path = `${ROOT}/iscsi/${iqn}`
  return item(kernel.system, kernel.links, {
    path,
    groups: { fabric_statistics: group(kernel, `${path}/fabric_statistics`) },
    make: name => (/^tpgt_\d+$/.test(name) ? portalGroup({ kernel, iqn, path: `${path}/${name}` }) : refuse('EINVAL')),
  })
}

interface Tpg {
  readonly kernel: Kernel
  readonly iqn: string
  readonly path: string
}

function portalGroup(tpg: Tpg): Directory {
  const { kernel, iqn, path } = tpg
  const { system, links, state } = kernel
  const port = kernel.ports && relativePort(kernel.ports, path, () => isEnabled)
  let isEnabled = false
  const enable = liveFile(
    () => (isEnabled ? '1\n' : '0\n'),
    text => {
      const next = text.trim() === '1'
      if (next === isEnabled) return
      if (next) port?.register()
      else port?.release()
      isEnabled = next
      state.onNotice(next ? 'TPG enabled' : 'TPG disabled')
      if (!next) cutSessions(kernel, session => session.endsWith(` at ${iqn}`))
    },
  )
  const flag = (text: string) => attribute(text, next => (/^[01]$/.test(next) ? undefined : 'EINVAL'))
  const depth = attribute('64', next => (Number(next) >= 1 && Number(next) <= 512 ? undefined : 'EINVAL'))
  const made = (name: string, make: (name: string) => Directory) =>
    item(system, links, { path: `${path}/${name}`, isFixed: true, make })
  return item(system, links, {
    path,
    attributes: { enable, dynamic_sessions: '', ...(port && { rtpi: port.file }) },
    removed: () => port?.release(),
    groups: {
      np: made('np', name => portal(tpg, name)),
      lun: made('lun', name => (/^lun_\d+$/.test(name) ? lun(tpg, name) : refuse('EINVAL'))),
      acls: made('acls', name => acl(tpg, name)),
      attrib: group(kernel, `${path}/attrib`, {
        authentication: flag('1'),
        generate_node_acls: flag('0'),
        demo_mode_write_protect: flag('1'),
        demo_mode_discovery: flag('1'),
        default_cmdsn_depth: depth,
      }),
      auth: group(kernel, `${path}/auth`),
      param: group(kernel, `${path}/param`),
    },
  })
}

/** drivers/target/target_core_tpg.c and target_core_fabric_configfs.c since 6.4; only enabled TPGs have a number. */
function relativePort(ports: Map<number, string>, path: string, isEnabled: () => boolean) {
  let number = 0
  let isManual = false
  const lowestFree = (from = 1): number => (ports.has(from) ? lowestFree(from + 1) : from)
  return {
    file: liveFile(
      () => `${number === 0 ? '0' : `0x${number.toString(16)}`}\n`,
      text => {
        const value = /^(0x[0-9a-f]+|\d+)$/.test(text.trim()) ? Number(text) : 0
        if (value > 0xffff) refuse('ERANGE')
        if (value === 0 || isEnabled()) refuse('EINVAL')
        number = value
        isManual = true
      },
    ),
    register: () => {
      if (isManual && ports.has(number)) refuse('EINVAL')
      if (!isManual) number = lowestFree()
      ports.set(number, path)
    },
    release: () => {
      if (ports.get(number) === path) ports.delete(number)
    },
  }
}

function cutSessions({ state }: Kernel, isMeant: (session: string) => boolean): void {
  const kept = state.sessions.filter(session => !isMeant(session))
  if (kept.length < state.sessions.length) state.onNotice('sessions cut')
  state.sessions.splice(0, state.sessions.length, ...kept)
}

/** A target shares a socket with other targets, but not with another TPG of its own; whatever is wrong is EINVAL. */
function portal({ kernel, iqn, path }: Tpg, socket: string): Directory {
  const { portals, state } = kernel
  const others = [...portals].map(other => other.split(' '))
  const isTaken =
    others.some(([otherIqn, , other]) => otherIqn === iqn && other === socket) ||
    others.some(([, , other = '']) => other !== socket && clash(socket, other)) ||
    [...state.listening].some(other => clash(socket, other))
  if (isTaken || !/^(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:]+\]):\d+$/.test(socket)) refuse('EINVAL')
  const entry = `${iqn} ${path.split('/').at(-1)} ${socket}`
  portals.add(entry)
  return item(kernel.system, kernel.links, {
    path: `${path}/np/${socket}`,
    attributes: { iser: '0\n', cxgbit: '0\n' },
    removed: () => void portals.delete(entry),
  })
}

/** [::] takes IPv4 too (bindv6only is 0). */
function clash(one: string, other: string): boolean {
  const all = [one, other].map(socket => /^(.*):(\d+)$/.exec(socket)?.slice(1) ?? [])
  const [[address, port], [otherAddress, otherPort]] = [all[0] ?? [], all[1] ?? []]
  const isV6 = [address, otherAddress].map(text => text?.startsWith('['))
  if (port !== otherPort) return false
  if (address === otherAddress || address === '[::]' || otherAddress === '[::]') return true
  return isV6[0] === isV6[1] && (address === '0.0.0.0' || otherAddress === '0.0.0.0')
}

function lun({ kernel, iqn, path: tpgPath }: Tpg, name: string): Directory {
  const { system, links, state } = kernel
  const path = `${tpgPath}/lun/${name}`
  return item(system, links, {
    path,
    attributes: { alua_tg_pt_offline: '0\n', alua_tg_pt_status: '0\n' },
    groups: { statistics: group(kernel, `${path}/statistics`) },
    link: to => {
      if (isLinkedFrom(kernel, path)) refuse('EEXIST')
      if (!to.startsWith(`${ROOT}/core/`)) refuse('EFAULT')
      if (system.read(`${to}/enable`).trim() !== '1') refuse('ENODEV')
    },
    unlink: () => {
      if (state.sessions.some(session => session.endsWith(` at ${iqn}`))) state.onNotice('LUN gone under a session')
    },
  })
}

function acl({ kernel, iqn, path: tpgPath }: Tpg, initiator: string): Directory {
  const { system, links, state } = kernel
  const path = `${tpgPath}/acls/${initiator}`
  const session = `${initiator} at ${iqn}`
  const info = () =>
    state.sessions.includes(session)
      ? `InitiatorName: ${initiator}\nLIO Session ID: 1\n`
      : `No active iSCSI Session for Initiator Endpoint: ${initiator}\n`
  const depth = system.read(`${tpgPath}/attrib/default_cmdsn_depth`).trim()
  const text = () => attribute('', next => (next.length > 255 ? 'EINVAL' : undefined))
  return item(system, links, {
    path,
    attributes: {
      info: liveFile(info),
      cmdsn_depth: attribute(depth, next => {
        if (!(Number(next) <= 512)) return 'EINVAL'
        cutSessions(kernel, other => other === session)
        return undefined
      }),
    },
    groups: {
      attrib: group(kernel, `${path}/attrib`, { authentication: '-1\n' }),
      auth: group(kernel, `${path}/auth`, {
        userid: text(),
        password: text(),
        userid_mutual: text(),
        password_mutual: text(),
      }),
    },
    make: name => (/^lun_\d+$/.test(name) ? mappedLun(kernel, tpgPath, `${path}/${name}`, session) : refuse('EINVAL')),
    removed: () => cutSessions(kernel, other => other === session),
  })
}

function mappedLun(kernel: Kernel, tpgPath: string, path: string, session: string): Directory {
  return item(kernel.system, kernel.links, {
    path,
    attributes: { write_protect: '0\n' },
    groups: { statistics: group(kernel, `${path}/statistics`) },
    link: to => {
      if (!to.startsWith(`${tpgPath}/lun/`) || !isLinkedFrom(kernel, to)) refuse('EINVAL')
    },
    unlink: () => {
      if (kernel.state.sessions.includes(session)) kernel.state.onNotice('LUN gone under a session')
    },
  })
}

function isLinkedFrom({ links }: Kernel, path: string): boolean {
  return [...links.keys()].some(from => from.startsWith(`${path}/`))
}
