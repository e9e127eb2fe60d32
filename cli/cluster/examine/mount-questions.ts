import { DATABASES } from '../../../system/iscsi/node-records.ts'
import { script } from '../../../system/nodes/script.ts'

/**
 * What a mount needs on a node besides its disk: for each of `$directories`, a line of what is there, a detail without blanks, and the
 * path; and the directories of iscsiadm's records. A path is not looked at where something is mounted, and given up after five
 * seconds, as it may lead to a server.
 */
export const MOUNT_QUESTIONS = script`
look() { timeout -s KILL 5 stat -L -c %F -- "$1"; }
section directories; printf '%s\n' "$directories" | while IFS= read -r path; do
    case $path in /*) ;; *) continue ;; esac
    source=$(findmnt -fnro SOURCE --mountpoint "$path")
    if [ -n "$source" ]; then echo "mounted $source $path"; continue; fi
    kind=$(look "$path")
    if [ "$kind" = directory ]; then echo "directory - $path"
    elif [ -n "$kind" ] || [ -L "$path" ]; then echo "other - $path"
    else
        above=$path
        while [ -n "$above" ] && [ -z "$kind" ]; do
            case $above in */*) above=\${above%/*} ;; *) above= ;; esac
            kind=$(look "\${above:-/}")
        done
        above=\${above:-/}
        if [ -z "$kind" ]; then echo "unknown - $path"
        elif [ "$kind" = directory ]; then echo "missing $(findmnt -fnro OPTIONS -T "$above"):$(stat -f -c %f:%S:%d:%c:%b:%T -- "$above") $path"
        else echo "blocked $(printf %s "$above" | tr ' ' '?') $path"
        fi
    fi
done
section records; for database in ${DATABASES.join(' ')}; do [ ! -d "$database/ifaces" ] || echo "$database $(look "$database/nodes" || echo missing)"; done
`
