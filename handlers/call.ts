import type { Log } from '../ocf/log.ts'
import type { System } from '../system/system.ts'
import type { Caller } from './cluster/view.ts'
import type { Occasion } from './environment.ts'

/** A call of a handler. */
export interface Call {
  readonly system: System
  readonly occasion: Occasion
  readonly caller: Caller
  readonly log: Log
}
