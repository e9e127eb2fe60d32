import { type Directory, type Entry, liveFile, refuse } from '../tree.ts'
import { attribute, item } from './configfs.ts'
import { type Kernel, ROOT } from './lio-kernel.ts'

/** target/core: the backstores. */
export function coreGroup(kernel: Kernel): Directory {
  const { system, links } = kernel
  const path = `${ROOT}/core`
  return item(system, links, {
    path,
    isFixed: true,
    groups: { alua: item(system, links, { path: `${path}/alua`, isFixed: true }) },
    make: name => (/^(iblock|fileio|pscsi|user)_\d+$/.test(name) ? hba(kernel, `${path}/${name}`) : refuse('EINVAL')),
  })
}

function hba(kernel: Kernel, path: string): Directory {
  return item(kernel.system, kernel.links, {
    path,
    attributes: { hba_info: 'HBA Index: 1 plugin: iblock version: v5.0\n', hba_mode: '0\n' },
    make: name => backstore({ kernel, path: `${path}/${name}`, told: '', device: undefined }),
  })
}

interface Store {
  readonly kernel: Kernel
  readonly path: string
  /** The path of the device to open; empty when it is not set yet. */
  told: string
  /** The number of the device that is open. */
  device: string | undefined
}

/** drivers/target/target_core_configfs.c */
function backstore(store: Store): Directory {
  const { kernel, path } = store
  const group = (name: string, attributes: Readonly<Record<string, Entry | string>>) =>
    item(kernel.system, kernel.links, { path: `${path}/${name}`, isFixed: true, attributes })
  let udevPath = ''
  return item(kernel.system, kernel.links, {
    path,
    attributes: {
      // options end at a comma or a newline
      control: liveFile(refuseRead, text => {
        store.told = /^(?:udev_path|fd_dev_name)=([^,\n]*)/.exec(text)?.[1] ?? store.told
      }),
      udev_path: liveFile(
        () => `${udevPath}\n`,
        text => {
          udevPath = text.replace(/\n$/, '')
        },
      ),
      enable: liveFile(
        () => (store.device === undefined ? '0\n' : '1\n'),
        text => (text.includes('1') ? open(store) : refuse('EINVAL')),
      ),
      info: liveFile(() => info(store)),
    },
    groups: { wwn: group('wwn', identityAttributes(store)), attrib: group('attrib', backstoreAttributes(store)) },
    removed: () => {
      if (store.device !== undefined) kernel.claims.delete(store.device)
    },
  })
}

const refuseRead = () => refuse('EACCES')
const isIblock = ({ path }: Store) => path.includes('/iblock_')

/** drivers/target/target_core_iblock.c; a file backstore has its device open beside others. */
function open(store: Store): void {
  const { system, state, claims } = store.kernel
  if (store.device !== undefined) refuse('EEXIST')
  if (store.told === '') refuse('EINVAL')
  const { kind, device = '' } = system.stat(store.told)
  if (isIblock(store)) {
    if (kind !== 'block') refuse('ENOTBLK')
    if (state.held.has(store.told) || claims.has(device)) refuse('EBUSY')
    if (state.devices.get(store.told)?.isReadOnly) refuse('EROFS')
    claims.add(device)
  }
  store.device = device
}

function info(store: Store): string {
  const status = 'Status: ACTIVATED  Max Queue Depth: 0  SectorSize: 512  HwMaxSectors: 4294967288\n'
  if (!isIblock(store)) return `${status}        TCM FILEIO ID: 0        File: ${store.told}  Size: 0  Mode: O_DSYNC\n`
  const [major, minor] = store.device?.split(':') ?? [0, 0]
  return `${status}        iBlock device: x  UDEV PATH: ${store.told}  readonly: 0\n        Major: ${major} Minor: ${minor}  CLAIMED: IBLOCK\n`
}

const isExported = ({ kernel, path }: Store) => [...kernel.links.values()].includes(path)

function identityAttributes(store: Store): Record<string, Entry> {
  const text = (initial: string, length: number) =>
    attribute(initial, next => (next.length > length ? 'EOVERFLOW' : isExported(store) ? 'EINVAL' : undefined))
  return {
    vpd_unit_serial: text('T10 VPD Unit Serial Number: ', 253),
    vendor_id: text('LIO-ORG', 8),
    product_id: text('IBLOCK', 16),
    revision: text('4.0', 4),
  }
}

/** Opening the device sets the size of the blocks. */
function backstoreAttributes(store: Store): Record<string, Entry> {
  const traits = () => store.kernel.state.devices.get(store.told)
  const sizeNow = () => (store.device === undefined ? 0 : (traits()?.blockSize ?? 512))
  const flag = (initial: string, refused: (text: string) => string | undefined = () => undefined) =>
    attribute(initial, text => (/^[01]$/.test(text) ? refused(text) : 'EINVAL'))
  let size: string | undefined
  return {
    hw_block_size: liveFile(() => `${sizeNow()}\n`),
    block_size: liveFile(
      () => `${size ?? sizeNow()}\n`,
      text => {
        if (isExported(store) || !['512', '1024', '2048', '4096'].includes(text)) refuse('EINVAL')
        size = store.device === undefined ? undefined : text
      },
    ),
    emulate_pr: flag('1'),
    emulate_caw: flag('1'),
    emulate_3pc: flag('1'),
    emulate_tpu: flag('0', text => (text === '1' && traits()?.takesDiscards === false ? 'ENOSYS' : undefined)),
    emulate_write_cache: flag('0', text => (text === '1' ? 'EINVAL' : undefined)),
  }
}
