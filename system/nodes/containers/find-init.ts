import { script } from '../script.ts'

/**
 * Puts the container's init, the process of its unit that is number 1 in a namespace of its own, into $init; $1 is the container, $3 its control
 * group. Neither machined nor D-Bus, in or outside of it, has to answer.
 */
export const FIND_INIT = script`
init=
for pid in $(find "$3" -name cgroup.procs -exec cat '{}' ';' 2>/dev/null); do
    if grep -qsE '^NSpid:[[:space:]][0-9]+[[:space:]]1$' "/proc/$pid/status"; then init=$pid; break; fi
done
[ -n "$init" ] || { echo "the container $1 does not run on this node" >&2; exit 1; }
`
