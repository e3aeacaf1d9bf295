"""A clean Debian 12 in a directory. Everything that runs in it gets a mount namespace of its own, so that nothing stays
mounted whatever happens."""
import os
import pathlib
import shutil
import subprocess
import tempfile

# $0 is the root, $@ the command: /proc and the devices of this machine, then in.
ENTER = 'mount -t proc proc "$0/proc" && mount --rbind /dev "$0/dev" && exec chroot "$0" "$@"'
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive", "HOME": "/root"}
# Thousands of small files of other packages that nobody looks at here.
QUICK = """force-unsafe-io
path-exclude=/usr/share/locale/*
path-exclude=/usr/share/doc/*
path-include=/usr/share/doc/gatehouse*
"""


def reason_against():
    """Why this machine cannot do it; nothing where it can."""
    if os.geteuid() != 0:
        return "only root can enter a chroot"
    for program in ("mmdebstrap", "dpkg-buildpackage", "dh", "lintian", "unshare"):
        if shutil.which(program) is None:
            return f"{program} is not installed (packaging/install-packages.sh build package test)"
    with tempfile.TemporaryDirectory() as root:
        pathlib.Path(root, "proc").mkdir()
        tried = subprocess.run(["unshare", "--mount", "mount", "-t", "proc", "proc", f"{root}/proc"], capture_output=True, text=True)
    return f"this container may not mount: {tried.stderr.strip()}" if tried.returncode else None


class Chroot:
    """GATEHOUSE_TEST_ROOTFS names a tar of a minimal Debian 12 to take instead of making one."""

    def __init__(self):
        self.root = pathlib.Path(tempfile.mkdtemp(prefix="gatehouse-chroot-"))
        self.root.chmod(0o755)
        try:
            self._fill()
        except BaseException:
            self.remove()
            raise

    def _fill(self):
        prepared = os.environ.get("GATEHOUSE_TEST_ROOTFS")
        if prepared:
            command = ["tar", "-C", self.root, "--numeric-owner", "--exclude=./dev/*", "-xf", prepared]
        else:
            command = ["mmdebstrap", "--mode=root", "--variant=minbase", "--quiet", "bookworm", self.root]
        made = subprocess.run(command, capture_output=True, text=True, timeout=400)
        assert made.returncode == 0, f"{command[0]} failed:\n{made.stderr[-3000:]}"
        shutil.copy("/etc/resolv.conf", self.root / "etc/resolv.conf")
        (self.root / "etc/dpkg/dpkg.cfg.d/quick").write_text(QUICK)
        self.run(["apt-get", "-q", "update"])

    def command(self, command, user=None, groups=None):
        """What to start on this machine so that `command` runs inside, in the same process. Groups: the user's, unless given."""
        if user:
            chosen = f"--groups={','.join(groups)}" if groups else "--init-groups"
            command = ["setpriv", f"--reuid={user}", f"--regid={user}", chosen, "--bounding-set=-all", "--no-new-privs", *command]
        return ["unshare", "--mount", "sh", "-c", ENTER, str(self.root), *map(str, command)]

    def run(self, command, user=None, check=True, timeout=300):
        done = subprocess.run(self.command(command, user), capture_output=True, text=True, timeout=timeout, env=ENVIRONMENT,
                              stdin=subprocess.DEVNULL)
        assert not check or done.returncode == 0, f"{command}: {done.returncode}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done

    def apt(self, *arguments):
        return self.run(["apt-get", "-q", "-y", "--no-install-recommends", "-o", "Dpkg::Options::=--force-confold", *arguments])

    def path(self, name):
        return self.root / str(name).lstrip("/")

    def remove(self):
        shutil.rmtree(self.root, ignore_errors=True)
