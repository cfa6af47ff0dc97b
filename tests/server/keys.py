# SPDX-License-Identifier: Apache-2.0
"""Keys made for a test: certificates of a private CA, a service account."""

import subprocess

EC = ["req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def openssl(folder, *args, **kwargs):
    return subprocess.run(["openssl", *args], cwd=folder, check=True,
                          capture_output=True, **kwargs).stdout


def authority(folder, name):
    """NAME.pem, which signs, and NAME.key."""
    openssl(folder, *EC, "-x509", "-days", "2", "-subj", f"/CN={name}",
            "-keyout", f"{name}.key", "-out", f"{name}.pem")


def certificate(folder, name, ca):
    """NAME.pem for 127.0.0.1, signed by ca, and NAME.key."""
    openssl(folder, *EC, "-subj", f"/CN={name}", "-keyout", f"{name}.key",
            "-out", f"{name}.csr")
    (folder / "san").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl(folder, "x509", "-req", "-in", f"{name}.csr", "-CA", f"{ca}.pem",
            "-CAkey", f"{ca}.key", "-CAcreateserial", "-days", "2",
            "-extfile", "san", "-out", f"{name}.pem")


def dated(folder, name, ca, start, end):
    """NAME.pem, valid from start to end (YYYYMMDDHHMMSSZ), and NAME.key."""
    openssl(folder, *EC, "-subj", f"/CN={name}", "-keyout", f"{name}.key",
            "-out", f"{name}.csr")
    (folder / "index").write_text("")
    (folder / "ca.cnf").write_text(
        "[ca]\ndefault_ca = a\n[a]\ndatabase = index\nrand_serial = yes\n"
        "default_md = sha256\npolicy = p\nunique_subject = no\n"
        "[p]\ncommonName = supplied\n")
    openssl(folder, "ca", "-batch", "-config", "ca.cnf", "-in",
            f"{name}.csr", "-cert", f"{ca}.pem", "-keyfile", f"{ca}.key",
            "-startdate", start, "-enddate", end, "-outdir", ".", "-notext",
            "-out", f"{name}.pem")


def service_account(folder):
    """(private, public) in PEM."""
    private = openssl(folder, "genrsa", "2048")
    public = openssl(folder, "rsa", "-pubout", input=private)
    return private.decode(), public.decode()
