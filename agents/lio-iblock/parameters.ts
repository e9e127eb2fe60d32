import type { Context } from '../../ocf/agent.ts'
import type { Parameters } from '../../ocf/parameters.ts'
import { parseBoolean, parseDevicePath, parseInteger, parseList, parsePattern } from '../../ocf/values.ts'
import { parseInitiator, parseIscsiName, parsePortal } from '../../system/iscsi/names.ts'
import { chapParameters } from '../chap.ts'

export const parameters = {
  iqn: {
    type: 'string',
    required: true,
    identifies: true,
    unique: true,
    short: 'target name (IQN)',
    long: 'iSCSI name of the target, in lower case, like iqn.2026-01.org.example:cloud0.',
    parse: parseIscsiName,
  },
  tpgt: {
    type: 'integer',
    identifies: true,
    default: '1',
    short: 'target portal group tag',
    long: `Tag of the target portal group. Target name and tag identify the export: everything under them belongs to this
resource. Other portal groups of the target are not changed.`,
    parse: parseInteger(1, 65535),
  },
  device: {
    type: 'string',
    required: true,
    identifies: true,
    unique: true,
    short: 'block device to export',
    long: `Path of the block device that is exported, such as /dev/drbd0. It must have no other users: no mount, no other
backstore.`,
    parse: parseExportedDevice,
  },
  lun: {
    type: 'integer',
    identifies: true,
    default: '0',
    short: 'logical unit number',
    long: 'Number under which initiators see the device.',
    parse: parseInteger(0, 255),
  },
  portals: {
    type: 'string',
    default: '0.0.0.0:3260',
    short: 'addresses to listen on',
    long: `Portals, separated by blanks: address or address:port, IPv6 in brackets; the port defaults to 3260. The node
need not have an address yet: the service address may start after the target. 0.0.0.0 is every IPv4 address of the node, and
[::] every address; while one target listens there, none can listen on a single address with the same port.`,
    parse: parseList(parsePortal),
  },
  allowed_initiators: {
    type: 'string',
    short: 'initiators that may log in',
    long: `iSCSI names of the initiators that may log in, separated by blanks; the kernel compares them in lower case. Without
any, no initiator can log in.`,
    parse: parseList(parseInitiator),
  },
  ...chapParameters,
  scsi_sn: {
    type: 'string',
    unique: true,
    short: 'unit serial number',
    long: `SCSI unit serial number, hexadecimal; its first 25 digits determine the NAA identifier. It must be the same on
both nodes of a cloud and differ between clusters. The default is derived from target name, tag and LUN. Set it to keep
the identity of a disk that another target exported before; a UUID is also accepted.`,
    parse: parsePattern(
      /^(?=(-*[0-9a-fA-F]){8})[0-9a-fA-F-]{8,36}$/,
      'a serial number of 8 to 36 hexadecimal digits (dashes may stand between them)',
    ),
  },
  vendor_id: {
    type: 'string',
    default: 'VHACS',
    short: 'SCSI vendor identification',
    long: 'Vendor shown to initiators, up to 8 characters.',
    parse: parseInquiryText(8),
  },
  product_id: {
    type: 'string',
    unique: true,
    short: 'SCSI product identification',
    long: `Product shown to initiators, up to 16 characters. Some initiators distinguish disks by the first 8, so those should
differ between all volumes. The default is derived from target name, tag and LUN.`,
    parse: parseInquiryText(16),
  },
  rtpi: {
    type: 'integer',
    unique: true,
    short: 'relative target port identifier',
    long: `Number of the target port, 1 to 65535, which initiators see in VPD page 0x83 and in REPORT TARGET PORT GROUPS. No two
ports of a node may have the same. Linux 6.4 and later would number the ports of each node in the order in which they
are enabled, so a start sets it; before, each export has number 1. The default is derived from the DRBD device, or
from target name and tag. If another port of the node has the number, the kernel chooses one, and the start logs a warning.`,
    parse: parseInteger(1, 65535),
  },
  block_size: {
    type: 'integer',
    short: 'logical block size in bytes',
    long: `Size of the blocks that initiators address: 512, 1024, 2048 or 4096 bytes, and not smaller than the blocks of the
device, whose size is the default. Partition tables count in blocks: changing the size under existing data makes them
unreadable.`,
    parse: parseBlockSize,
  },
  emulate_tpu: {
    type: 'boolean',
    short: 'offer UNMAP',
    long: `Whether initiators may release blocks (UNMAP). The device must support discards, on both nodes. The kernel's default
is no.`,
    parse: parseBoolean,
  },
  emulate_caw: {
    type: 'boolean',
    short: 'offer COMPARE AND WRITE',
    long: "Whether initiators may use COMPARE AND WRITE, which ESXi uses for locks (ATS). The kernel's default is yes.",
    parse: parseBoolean,
  },
  emulate_3pc: {
    type: 'boolean',
    short: 'offer EXTENDED COPY',
    long: "Whether initiators may have the target copy blocks (EXTENDED COPY). The kernel's default is yes.",
    parse: parseBoolean,
  },
  emulate_write_cache: {
    type: 'boolean',
    short: 'expect a write cache',
    long: `LIO reports a volatile write cache to initiators if and only if the device itself reports one, and passes on their
flushes; this cannot be configured for a block device. With this parameter, a start on a device that reports otherwise
fails, so the nodes of a cloud cannot differ.`,
    parse: parseBoolean,
  },
  cmdsn_depth: {
    type: 'integer',
    short: 'queue depth per session',
    long: `How many commands each session may have in flight, up to 512. The kernel's default is 64. A large depth makes a
failover take longer: commands in flight when the target stops must finish first.`,
    parse: parseInteger(1, 512),
  },
} as const satisfies Parameters

export type LioContext = Context<typeof parameters>

/** The kernel reads the path from a list separated by commas, ends it at a blank and truncates it after 511 bytes. */
function parseExportedDevice(text: string): string {
  if (/[,\s]/.test(text) || Buffer.byteLength(text) > 511)
    throw new RangeError('a path of up to 511 bytes without blanks and commas is expected')
  return parseDevicePath(text)
}

/** Printable ASCII; the kernel strips blanks around it. */
function parseInquiryText(length: number): (text: string) => string {
  return parsePattern(
    new RegExp(`^(?=.{1,${length}}$)[\\x21-\\x7e]([\\x20-\\x7e]*[\\x21-\\x7e])?$`),
    `up to ${length} printable ASCII characters without blanks around them`,
  )
}

function parseBlockSize(text: string): number {
  if (!['512', '1024', '2048', '4096'].includes(text)) throw new RangeError('512, 1024, 2048 or 4096 is expected')
  return Number(text)
}
