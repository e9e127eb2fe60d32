import { FENCE_AGENT } from '../system/pacemaker/fencing/sbd.ts'

export const SHORT = "Fences a node through sbd's disk unless it is back in the cluster"

export const LONG = `Writes a message to a node's slot on the disks of sbd, as fence_sbd does, and waits until the node must have read it. First it asks
corosync for the node: two nodes that lose each other both request fencing, one of them after a delay. If the links come back before the delay is
over, the request is obsolete, but Pacemaker does not cancel it; this agent then refuses it unless the cluster still wants the node to be
fenced. If it cannot be found out whether the node is back, it is fenced. Of two nodes that fence each other at the same time, one does: each
claims that first in a slot of its own on the disks (vhacs-claim-NODE, which the monitor allocates), and the one that sees the claim of the
other, or a message that its own node is to reset itself, waits for its end.`

export const DEVICES =
  "Paths of sbd's disks, one to three, separated by commas, the same as SBD_DEVICE in /etc/default/sbd"

/** What Pacemaker, crmsh and pcs read about the agent. @see FenceAgentAPI.md of the fence-agents */
export const METADATA = `<?xml version="1.0" ?>
<resource-agent name="${FENCE_AGENT}" shortdesc="${SHORT}">
  <longdesc>${LONG}</longdesc>
  <parameters>
    <parameter name="action" unique="0" required="1">
      <getopt mixed="-o, --action=[action]" />
      <content type="string" default="reboot" />
      <shortdesc lang="en">Fencing action</shortdesc>
    </parameter>
    <parameter name="devices" unique="0" required="1">
      <getopt mixed="--devices=[devices]" />
      <content type="string" />
      <shortdesc lang="en">${DEVICES}</shortdesc>
    </parameter>
    <parameter name="plug" unique="0" required="0">
      <getopt mixed="-n, --plug=[name]" />
      <content type="string" />
      <shortdesc lang="en">Name of the node, set by Pacemaker</shortdesc>
    </parameter>
  </parameters>
  <actions>
    <action name="off" />
    <action name="reboot" />
    <action name="status" />
    <action name="monitor" />
    <action name="list" />
    <action name="metadata" />
    <action name="validate-all" />
  </actions>
</resource-agent>
`
