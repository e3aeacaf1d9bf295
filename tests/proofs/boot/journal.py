"""Reads this boot's journal of the services: readable lines, the right priorities as fields, no secret in any field.

usage: journal.py UNIT... <SECRETS (one a line)
"""
import collections
import json
import re
import subprocess
import sys

PRIORITY_OF = {"error": "3", "warning": "4", "info": "6", "debug": "7"}  # a word that a line begins with


def main():
    secrets = [line.strip() for line in sys.stdin if line.strip()]
    faults = []
    for unit in sys.argv[1:]:
        text = subprocess.run(["journalctl", "-q", "-b", "-u", unit, "-o", "json", "--all", "--no-pager"], capture_output=True, text=True, check=True).stdout
        own = [entry for entry in map(json.loads, text.splitlines()) if entry.get("_SYSTEMD_UNIT") == f"{unit}.service"]
        counts = collections.Counter(entry.get("PRIORITY") for entry in own)
        for entry in own:
            message = entry.get("MESSAGE")
            if not isinstance(message, str) or not message.isprintable():
                faults.append(f"{unit} wrote what nobody can read: {message!r}")
            elif re.match(r"\s*<\d>", message):
                faults.append(f"{unit} has a prefix left in: {message}")
            elif "PRIORITY" not in entry:
                faults.append(f"{unit} wrote without a priority: {message}")
            elif PRIORITY_OF.get(message.split()[0] if message.strip() else "", entry["PRIORITY"]) != entry["PRIORITY"]:
                faults.append(f"{unit} wrote with priority {entry['PRIORITY']}: {message}")
        faults += [f"a secret is in the journal of {unit}" for secret in secrets if secret in text]
        if not own:
            faults.append(f"{unit} wrote nothing")
        print(f"{unit} {len(own)} lines, by priority {dict(sorted(counts.items()))};", end=" ")
    print(f"none of {len(secrets)} secrets is in them" if not faults else "")
    print("\n".join(faults[:10]))
    return 1 if faults or not secrets else 0


sys.exit(main())
