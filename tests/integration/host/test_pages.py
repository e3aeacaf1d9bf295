"""What the repository says of the configuration is what the program reads."""
import os
import pathlib
import re
import subprocess

from gateway import Gateway, build_dir

TOP = pathlib.Path(os.environ["GATEHOUSE_SOURCE_DIR"])


def printed(option):
    return subprocess.run([build_dir() / "bin" / "gatehoused", option], capture_output=True, text=True, check=True).stdout


def test_the_reference_page_is_the_table():
    assert (TOP / "docs/reference/configuration.md").read_text() == printed("--print-config-reference"), \
        "run gatehoused --print-config-reference > docs/reference/configuration.md"


def test_the_shipped_file_is_the_table():
    assert (TOP / "etc/gatehouse.yaml").read_text() == printed("--print-config-file"), \
        "run gatehoused --print-config-file > etc/gatehouse.yaml"


def test_the_shipped_files_are_good_as_they_are(tmp_path):
    shipped = sorted(p.stem for p in (TOP / "etc/plugins.d").glob("*.yaml"))
    built = {p.stem for p in (build_dir() / "plugins").glob("*.so")}
    assert {"hello"} <= set(shipped)
    assert built <= set(shipped), "a plugin ships without its file in etc/plugins.d"
    gateway = Gateway(plugins=[name for name in shipped if name in built], directory=tmp_path)
    gateway.write_config()
    for name in shipped:
        (tmp_path / "plugins.d" / f"{name}.yaml").write_text((TOP / f"etc/plugins.d/{name}.yaml").read_text())
    done = subprocess.run([build_dir() / "bin" / "gatehoused", "--config", gateway.config_file, "--check-config"],
                          capture_output=True, text=True)
    assert done.returncode == 0 and not done.stderr, done


def test_every_key_of_every_plugin_is_in_its_shipped_file_with_its_explanation():
    call = re.compile(r'\.(?:integer|boolean|text|text_list|duration|size|choice)\(\s*"([a-z_]+)"')
    checked = 0
    for settings in [*(TOP / "plugins").glob("*/settings.cpp"), TOP / "plugins/hello/hello_plugin.cpp"]:
        source = re.sub(r'"\s*\n\s*"', "", settings.read_text())  # a literal over several lines is one text
        lines = (TOP / f"etc/plugins.d/{settings.parent.name}.yaml").read_text().splitlines()
        for key in call.findall(source):
            at = [i for i, line in enumerate(lines) if line.startswith(f"{key}:")]
            assert at, f"{settings.parent.name}.yaml lacks {key}"
            comment = lines[at[0] - 1]
            assert comment.startswith("# ") and comment.endswith(")."), f"{settings.parent.name}.yaml explains {key} badly"
            text = comment[2:comment.rindex(" (")]
            assert f'"{text}"' in source, f"{settings.parent.name}.yaml says of {key}: {text}"
            checked += 1
    assert checked >= 5
