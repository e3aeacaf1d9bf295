"""Self-made certificates for TLS doors of tests and benchmarks."""
import pathlib
import ssl
import subprocess


def make_certificate(folder, name="door", kind="ec"):
    """(certificate, key) as paths of PEM files for localhost and 127.0.0.1; the key is 0600."""
    folder = pathlib.Path(folder)
    certificate, key = folder / f"{name}.crt", folder / f"{name}.key"
    algorithm = {"ec": ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"], "rsa": ["-newkey", "rsa:2048"],
                 "weak": ["-newkey", "rsa:1024"]}[kind]
    key.unlink(missing_ok=True)
    key.touch(mode=0o600)
    subprocess.run(["openssl", "req", "-x509", *algorithm, "-nodes", "-days", "30", "-subj", f"/CN={name}", "-keyout", key,
                    "-out", certificate, "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                   check=True, capture_output=True)
    return certificate, key


def expire(certificate, key):
    """Makes it one that ended yesterday."""
    subprocess.run(["openssl", "x509", "-in", certificate, "-signkey", key, "-days", "-1", "-out", certificate],
                   check=True, capture_output=True)


def trusting(certificate, **more):
    """A client's context that trusts exactly this certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(certificate)
    for name, value in more.items():
        setattr(context, name, value)
    return context
