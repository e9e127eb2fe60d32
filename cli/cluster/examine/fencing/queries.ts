import type { ActiveResource } from '../../../../cloud/pacemaker/active-resources.ts'
import { runScriptOn, script } from '../../../../system/nodes/script.ts'
import { type System, ToolFailed } from '../../../../system/system.ts'

/**
 * Asks a node's fencer which devices it has for the other nodes; the device for the node itself may be banned from it. A node
 * without Pacemaker is not asked, because stonith_admin would wait for Pacemaker. A fencer that has just received a device, or is
 * busy with it, reports once that it has none: the first listing of the device's targets has then failed, and the next query uses
 * the status instead. The queries stop after a minute, because an examination must end. Each node begins with the node after it, so
 * that every node is covered by another one.
 */
export const FENCES_QUESTION = script`
section fences
fences() { stonith_admin --list "$1" --timeout 20 --output-as=xml | sed -n 's/.*<item name="device">\\([^<]*\\)<.*/\\1/p'; }
if systemctl -q is-active pacemaker; then
    for name do
        [ "$name" = "$(uname -n)" ] && break
        shift
        set -- "$@" "$name"
    done
    begun=$(date +%s)
    end=$((begun + 15))
    for name do
        [ "$name" = "$(uname -n)" ] && continue
        [ "$(date +%s)" -lt $((begun + 60)) ] || break
        found=$(fences "$name")
        while [ -z "$found" ] && [ "$(date +%s)" -lt "$end" ]; do sleep 2; found=$(fences "$name"); done
        echo "$name" $found
    done
fi
`

/** Prints the devices that do not answer despite repeated queries. The values are their ids. */
const QUERY = script`
end=$(($(date +%s) + 15))
for device do
    {
        until stonith_admin --query "$device" --timeout 20 >&2; do
            [ "$(date +%s)" -lt "$end" ] || { echo "$device"; break; }
            sleep 2
        done
    } &
done
wait
`

/** Ids of those fencing devices that do not answer on the nodes that they run on. An unreachable node is not asked. */
export async function unresponsiveDevices(system: System, devices: readonly ActiveResource[]): Promise<Set<string>> {
  const byNode = [...Map.groupBy(devices, ({ node }) => node)]
  const answers = await Promise.all(
    byNode.map(async ([node, found]) => {
      try {
        const query = { text: QUERY, values: found.map(({ id }) => id), looks: true, timeoutSeconds: 120 } as const
        return (await runScriptOn(system, node, query)).stdout.split('\n')
      } catch (thrown) {
        if (thrown instanceof ToolFailed) return []
        throw thrown
      }
    }),
  )
  return new Set(answers.flat().filter(id => devices.some(device => device.id === id)))
}
