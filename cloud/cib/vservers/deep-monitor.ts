import type { Vserver } from '../../cloud.ts'
import { hasInit } from '../../compose/vservers/vserver.ts'
import { vserverIds } from '../../ids.ts'
import { child, descendants, type Element } from '../../xml.ts'
import { byId, nvpairs } from '../elements.ts'

/** The operation of a container that asks its init whether services have failed, in force or not; undefined where it has none. */
export function deepMonitorIn(container: Element | undefined): Element | undefined {
  return descendants(container, 'op').find(
    operation =>
      operation.attributes.name === 'monitor' &&
      Number(nvpairs(operation, 'instance_attributes').OCF_CHECK_LEVEL) >= 10,
  )
}

/** Whether a CIB's configuration has no such operation for a vserver that boots an init, as one that an earlier version composed. */
export function lacksDeepMonitor(vserver: Vserver, configuration: Element | undefined): boolean {
  const container = byId(child(configuration, 'resources'), ['primitive'], vserverIds(vserver.name).container)
  return hasInit(vserver) && container !== undefined && deepMonitorIn(container) === undefined
}
