"""What the machine says: cores, CPU seconds, memory, limits."""

import os
import pathlib
import platform
import resource

FILES_WANTED = 20_000


def cores():
    return sorted(os.sched_getaffinity(0))


def server_core():
    """The core for the side that is measured; None where there is only one."""
    return cores()[0] if len(cores()) > 1 else None


def load_core():
    return cores()[1] if len(cores()) > 1 else None


def threads(pid):
    return [pathlib.Path(f"/proc/{pid}/task", tid) for tid in os.listdir(f"/proc/{pid}/task")]


def pin(pid, core):
    """All threads of a process on one core; threads that come later inherit that from their maker."""
    if core is None:
        return
    for thread in threads(pid):
        os.sched_setaffinity(int(thread.name), {core})


def cpu_seconds(pid):
    """What the threads of a process have used, in nanosecond steps where the kernel tells."""
    try:
        return sum(int((thread / "schedstat").read_text().split()[0]) for thread in threads(pid)) / 1e9
    except FileNotFoundError:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def ticks():
    """(all, taken away by the hypervisor) of all cores since the machine started."""
    fields = [int(word) for word in pathlib.Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]
    return sum(fields), fields[7]


def threads_named(pid, name):
    return sum(1 for thread in threads(pid) if (thread / "comm").read_text().startswith(name))


def rss_mib(pid):
    for line in pathlib.Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise ProcessLookupError(pid)


def raise_file_limit():
    """As many open files as this user may have; children inherit it."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    wanted = FILES_WANTED if hard == resource.RLIM_INFINITY else min(hard, max(FILES_WANTED, 1024))
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    return wanted


def processor():
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.machine()


def described():
    """A line for the documents: no name of the machine, nobody's paths."""
    release = {}
    for line in pathlib.Path("/etc/os-release").read_text().splitlines():
        key, _, value = line.partition("=")
        release[key] = value.strip('"')
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (f"{len(cores())} cores of {processor()}, {memory:.0f} GiB, {release.get('PRETTY_NAME', 'Linux')}, "
            f"Linux {platform.release().split('-')[0]}")
