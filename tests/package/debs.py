"""The packages under test."""
import os
import pathlib
import subprocess

TOP = pathlib.Path(os.environ["GATEHOUSE_SOURCE_DIR"])


def build(output):
    """Builds them from the last commit, or takes those in GATEHOUSE_PACKAGES. Other tests run beside it: it is nice to them."""
    prepared = os.environ.get("GATEHOUSE_PACKAGES")
    if prepared:
        output = pathlib.Path(prepared)
    else:
        made = subprocess.run(["nice", "-n", "10", TOP / "packaging/build-packages.sh", "--no-debug", "--output", output],
                              capture_output=True, text=True, timeout=800, stdin=subprocess.DEVNULL)
        assert made.returncode == 0, f"build-packages.sh failed:\n{made.stdout[-6000:]}\n{made.stderr[-3000:]}"
    found = {path.name.split("_")[0]: path for path in output.glob("gatehouse*_*.deb")}
    assert {"gatehouse", "gatehouse-media", "gatehouse-dev"} <= set(found), found
    return found


def field(deb, name):
    return subprocess.run(["dpkg-deb", "--field", deb, name], check=True, capture_output=True, text=True).stdout.strip()


def newer(packages, output, edit):
    """The same packages as a later version; `edit(package, tree)` changes what is in them."""
    old = field(packages["gatehouse"], "Version")
    made = {}
    for name, deb in packages.items():
        tree = output / name
        subprocess.run(["dpkg-deb", "--raw-extract", deb, tree], check=True)
        control = tree / "DEBIAN/control"
        control.write_text(control.read_text().replace(old, old + "+later"))
        edit(name, tree)
        made[name] = output / f"{name}_later.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Znone", "--build", tree, made[name]], check=True, capture_output=True)
    return made
