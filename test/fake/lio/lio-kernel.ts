import type { FakeSystem } from '../system.ts'
import type { Links } from './configfs.ts'

/** LIO's part of the fake kernel. */
export interface FakeLio {
  /** Sessions of initiators, as `INITIATOR at IQN`; cut when their TPG is disabled. */
  readonly sessions: string[]
  /** Paths of devices that another user has open exclusively, as a mount does. */
  readonly held: Set<string>
  /** Sockets of others, as `address:port`. */
  readonly listening: Set<string>
  /** Special properties of a device, by path; by default it has blocks of 512 bytes that can be discarded. */
  readonly devices: Map<string, Traits>
  /** Called for each change that an initiator would notice, in the order of `changes`. */
  onNotice: (what: string) => void
}

export interface Traits {
  readonly blockSize?: number
  readonly takesDiscards?: boolean
  readonly isReadOnly?: boolean
}

/** The state that the parts of the fake share. */
export interface Kernel {
  readonly system: FakeSystem
  readonly state: FakeLio
  readonly links: Links
  /** The portals of all targets, as `IQN TPGT address:port`. */
  readonly portals: Set<string>
  /** The numbers of the devices that iblock backstores have open: nothing else opens them. */
  readonly claims: Set<string>
  /** The enabled TPGs by their relative target ports; undefined before Linux 6.4, which has no such numbers. */
  readonly ports: Map<number, string> | undefined
}

export const ROOT = '/sys/kernel/config/target'
