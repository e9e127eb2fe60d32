#!/usr/bin/env python3
# Runs on a node that has all parts of a storage, with the cluster in maintenance mode: the cost of the monitor of each layer, and of starts and
# stops on a volume of its own, of our agents and of the stock ones on the same objects, in turn. Prints JSON, a record per agent or
# action; times in milliseconds.
#   monitors.py STORAGE ROUNDS
import json
import os
import subprocess
import sys
import time
import xml.etree.ElementTree as ElementTree

AGENTS = "/usr/lib/ocf/resource.d/"
LIO = "/sys/kernel/config/target/iscsi"


def parameters_of(cib, resource):
    """The parameters of a primitive of the CIB, as Pacemaker passes them to its agent."""
    primitive = cib.find(f".//primitive[@id='{resource}']")
    pairs = primitive.findall("instance_attributes/nvpair")
    return {pair.get("name"): pair.get("value") for pair in pairs}


def first_lun(iqn):
    """The directory of LUN 0 of a target, the name of its link to the backstore, and that backstore's device."""
    directory = f"{LIO}/{iqn}/tpgt_1/lun/lun_0"
    [link] = [name for name in os.listdir(directory) if os.path.islink(f"{directory}/{name}")]
    with open(f"{directory}/{link}/udev_path", encoding="ascii") as file:
        return link, file.read().strip()


def calls(storage):
    """The layers: the name, the call of our agent, and those of the stock agents that do the same."""
    cib = ElementTree.fromstring(subprocess.check_output(["cibadmin", "--query"]))
    lvm, drbd, target, session, filesystem = (
        parameters_of(cib, f"{storage}-{layer}") for layer in ("lvm", "drbd", "target", "session", "filesystem")
    )
    address = parameters_of(cib, f"{storage}-address")
    portal = session["portals"].split()[0]
    link, device = first_lun(target["iqn"])
    clone = {"clone_max": "2", "clone_node_max": "1", "master_max": "1", "master_node_max": "1", "notify": "true"}
    meta = {f"CRM_meta_{name}": value for name, value in clone.items()}
    lio = {"implementation": "lio-t"}
    ip = ("heartbeat/IPaddr2", f"{storage}-address", address)
    return [
        ("LVM volume", f"{storage}-lvm", ("vhacs/lvm-volume", lvm), [
            ("heartbeat/LVM-activate", "lvm", {
                "vgname": lvm["volume_group"], "lvname": lvm["volume"],
                "vg_access_mode": "tagging", "activation_mode": "exclusive"}),
        ]),
        ("DRBD, promoted", f"{storage}-drbd", ("vhacs/drbd-cloud", {**drbd, **meta}), [
            ("linbit/drbd", "drbd", {"drbd_resource": drbd["drbd_resource"], **meta, "CRM_meta_role": "Master"}),
        ]),
        ("target with LUN", f"{storage}-target", ("vhacs/lio-iblock", target), [
            ("heartbeat/iSCSITarget", "target", {**lio, "iqn": target["iqn"], "portals": f"{address['ip']}:3260"}),
            ("heartbeat/iSCSILogicalUnit", link, {**lio, "target_iqn": target["iqn"], "lun": "0", "path": device}),
        ]),
        ("address", f"{storage}-address", ip[::2], [ip]),
        ("session", f"{storage}-session", ("vhacs/iscsi-mount", session), [
            ("heartbeat/iscsi", "session", {"portal": portal, "target": session["iqn"]}),
        ]),
        ("mount", f"{storage}-filesystem", ("vhacs/ext3-filesystem", filesystem), [
            ("heartbeat/Filesystem", "filesystem", {
                "device": filesystem["device"], "directory": filesystem["directory"], "fstype": "ext3"}),
        ]),
    ]


def started():
    """The processes that this node has started since its boot."""
    with open("/proc/stat", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("processes "))


def measure(program, instance, parameters, action="monitor"):
    """Runs an action; what it cost, with its children."""
    environment = {
        "PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "OCF_ROOT": "/usr/lib/ocf", "OCF_RA_VERSION_MAJOR": "1",
        "OCF_RESOURCE_INSTANCE": instance, "OCF_RESKEY_CRM_meta_interval": "10000",
        "OCF_RESKEY_CRM_meta_timeout": "60000", "HA_debug": "0",
        **{f"OCF_RESKEY_{name}": value for name, value in parameters.items()},
    }
    before = started()
    begun = time.monotonic()
    child = subprocess.Popen(
        [program, action], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - begun
    return {
        "wall": 1000 * wall, "cpu": 1000 * (usage.ru_utime + usage.ru_stime),
        "processes": started() - before, "memory": usage.ru_maxrss, "status": os.waitstatus_to_exitcode(status),
    }


SPARE = "vhacs-bench"
START_AND_STOP = ("start", "stop")


def sets_of_actions(group, ip):
    """What is started and stopped on a volume of its own: the name, and the agents of ours and of stock, in the order of their starts."""
    device = f"/dev/{group}/{SPARE}"
    iqn = f"iqn.2026-01.org.vhacs:{SPARE}"
    initiator = "iqn.2026-01.org.vhacs:none"
    portal = f"{ip}:3299"
    lio = {"implementation": "lio-t"}
    mounted = {"device": device, "directory": f"/run/{SPARE}"}
    return [
        ("target with LUN", [
            ("vhacs/lio-iblock", {"iqn": iqn, "device": device, "portals": portal, "allowed_initiators": initiator})], [
            ("heartbeat/iSCSITarget", {**lio, "iqn": iqn, "portals": portal}),
            ("heartbeat/iSCSILogicalUnit", {
                **lio, "target_iqn": iqn, "lun": "0", "path": device, "lio_iblock": "99", "scsi_sn": "77000099",
                "allowed_initiators": initiator})]),
        ("mount", [("vhacs/ext3-filesystem", mounted)], [("heartbeat/Filesystem", {**mounted, "fstype": "ext3"})]),
    ]


def sum_of(runs):
    """The cost of several actions one after another."""
    total = {field: sum(run[field] for run in runs) for field in ("wall", "cpu", "processes")}
    return {**total, "memory": max(run["memory"] for run in runs), "status": max(run["status"] for run in runs)}


def start_and_stop(agents):
    """Starts the agents in their order, and stops them in the other; the cost of both."""
    instances = [(AGENTS + agent, f"{SPARE}-{number}", parameters) for number, (agent, parameters) in enumerate(agents)]
    started_all = sum_of([measure(*instance, "start") for instance in instances])
    return [started_all, sum_of([measure(*instance, "stop") for instance in reversed(instances)])]


def actions(group, ip, rounds):
    """The records of starts and stops."""
    subprocess.run(["lvcreate", "-qq", "-y", "-Wn", "-L64M", "-n", SPARE, group], check=True)
    try:
        subprocess.run(["mkfs.ext3", "-q", f"/dev/{group}/{SPARE}"], check=True)
        os.makedirs(f"/run/{SPARE}", exist_ok=True)
        records = []
        for layer, ours, stock in sets_of_actions(group, ip):
            made = [(start_and_stop(ours), start_and_stop(stock)) for _ in range(rounds)]
            for number, action in enumerate(START_AND_STOP):
                for side, is_stock in ((0, False), (1, True)):
                    runs = [both[side][number] for both in made]
                    agent = " and ".join(name.split("/")[1] for name, _ in (stock if is_stock else ours))
                    records.append({"layer": f"{layer}, {action}", "agent": agent, "isStock": is_stock, "runs": runs})
        return records
    finally:
        os.rmdir(f"/run/{SPARE}")
        subprocess.run(["lvremove", "-qq", "-f", f"{group}/{SPARE}"], check=True)


def main():
    storage, rounds = sys.argv[1], int(sys.argv[2])
    layers = calls(storage)
    records = []
    for layer, instance, (agent, parameters), stock in layers:
        ours = {"layer": layer, "agent": agent.split("/")[1], "isStock": False, "runs": []}
        theirs = [{"layer": layer, "agent": name.split("/")[1], "isStock": True, "runs": []} for name, _, _ in stock]
        # the first round apart: files are read from the disk
        for number in range(rounds + 1):
            made = [measure(AGENTS + agent, instance, parameters)]
            made += [measure(AGENTS + name, instance_of_stock, values) for name, instance_of_stock, values in stock]
            if number > 0:
                for record, run in zip([ours, *theirs], made):
                    record["runs"].append(run)
        records += [ours, *theirs]
    volume, address = (next(ours[1] for layer, _, ours, _ in layers if layer == name) for name in ("LVM volume", "address"))
    # a start of the stock target takes half a minute
    json.dump({"monitors": records, "actions": actions(volume["volume_group"], address["ip"], max(1, rounds // 5))}, sys.stdout)


main()
