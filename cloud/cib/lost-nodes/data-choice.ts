import { resourceIds } from '../../ids.ts'
import { child, type Element } from '../../xml.ts'
import { idOf } from '../elements.ts'
import { CONSTRAINTS, creations, deletions, patchText } from '../patch.ts'
import { fenceConstraintElement } from './fence-constraint.ts'

/** A cloud, the node whose data are to be used, and a text that is unique to the call. */
interface Choice {
  readonly name: string
  readonly node: string
  readonly call: string
}

/** Lets the cloud be promoted on that node alone, whatever a fence constraint allowed before, until all sides have its data. */
export function choicePatch(cib: Element, { name, node, call }: Choice): string {
  const wanted = fenceConstraintElement(cib, { resource: name, clone: resourceIds(name).drbdClone, call }, [node])
  const all = child(child(cib, 'configuration'), 'constraints')?.children ?? []
  const present = all.filter(constraint => idOf(constraint) === idOf(wanted))
  return patchText([...deletions(CONSTRAINTS, present), ...creations(CONSTRAINTS, [wanted])])
}
