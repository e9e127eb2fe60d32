import { LVM_CONFIG } from '../../block/lvm.ts'
import type { System } from '../../system.ts'
import { lvmRows, parseJsonAnswer, textIn } from '../json.ts'
import { COMMAND_NOT_FOUND, runOn } from '../ssh.ts'

/*
 * The tag of a volume that takes the place of another side's, or of an earlier volume on the same node: from its creation until the
 * replacement is complete. It names the node of the side that is replaced.
 */

const REPLACEMENT_MARK = 'vhacs_replace_'

export function replacementMark(from: string): string {
  return `${REPLACEMENT_MARK}${from}`
}

/** The node whose side a volume with these tags, separated by commas, replaces; undefined if it does not. */
export function replacedNode(tags: string): string | undefined {
  const mark = tags.split(',').find(tag => tag.startsWith(REPLACEMENT_MARK))
  return mark?.slice(REPLACEMENT_MARK.length)
}

/** The volumes of a node that replace another one: the node of that side, by names like `vhacs/c0`. @throws ToolFailed */
export async function replacementsOn(system: System, node: string): Promise<ReadonlyMap<string, string>> {
  const report = ['--reportformat', 'json', '-o', 'vg_name,lv_name,lv_tags', ...LVM_CONFIG] as const
  const options = { looks: true, timeoutSeconds: 30, accepted: [0, COMMAND_NOT_FOUND] } as const
  const finished = await runOn(system, node, ['lvs', ...report], options)
  if (finished.status === COMMAND_NOT_FOUND) return new Map()
  return parseJsonAnswer(finished, value => {
    const found = lvmRows(value, 'lv').flatMap(row => {
      const from = replacedNode(textIn(row, 'lv_tags'))
      return from === undefined ? [] : [[`${textIn(row, 'vg_name')}/${textIn(row, 'lv_name')}`, from] as const]
    })
    return new Map(found)
  })
}

/** Replaces the tag by that of a volume which vhacs has created. */
export async function completeReplacement(
  system: System,
  node: string,
  volume: string,
  { from, mark }: { readonly from: string; readonly mark: string },
): Promise<void> {
  const tags = ['--deltag', replacementMark(from), '--addtag', mark]
  await runOn(system, node, ['lvchange', ...tags, ...LVM_CONFIG, '--', volume])
}
