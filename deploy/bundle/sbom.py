# SPDX-License-Identifier: Apache-2.0
"""The bill of materials of a bundle: SPDX 2.3, as JSON."""

import datetime
import hashlib
import json
import uuid
from typing import Any

from libraries import Package


def identifier(kind: str, name: str) -> str:
    """An SPDX id: letters, digits, dots and hyphens only."""
    plain = "".join(c if c.isalnum() or c in ".-" else "-" for c in name)
    return f"SPDXRef-{kind}-{plain}"


def package(name: str, version: str, licence: str, ref: str | None,
            licences: str = "") -> dict[str, Any]:
    """licences: what the package's own copyright file names, for which SPDX
    may have other names."""
    entry: dict[str, Any] = {
        "SPDXID": identifier("Package", name),
        "name": name,
        "versionInfo": version,
        "downloadLocation": "NOASSERTION",
        "filesAnalyzed": False,
        "licenseConcluded": licence,
        "licenseDeclared": licence,
        "copyrightText": "NOASSERTION",
    }
    if licences:
        entry["licenseComments"] = f"Its copyright file names: {licences}"
    if ref:
        entry["externalRefs"] = [{
            "referenceCategory": "PACKAGE-MANAGER",
            "referenceType": "purl",
            "referenceLocator": ref,
        }]
    return entry


def document(version: str, epoch: int, sums: dict[str, str],
             origins: dict[str, Package]) -> str:
    """The document for the files in sums (path -> SHA-256); origins names
    the package of each one that is not ours."""
    ours = package("nf-tools", version, "Apache-2.0", None)
    packages = [ours]
    links = [("SPDXRef-DOCUMENT", "DESCRIBES", ours["SPDXID"])]
    named = {p.name: p for p in origins.values() if p.name}
    for name, origin in sorted(named.items()):
        entry = package(name, origin.version, "NOASSERTION",
                        f"pkg:deb/debian/{name}@{origin.version}",
                        origin.licences)
        packages.append(entry)
        links.append((ours["SPDXID"], "DEPENDS_ON", entry["SPDXID"]))
    files = []
    for path, digest in sorted(sums.items()):
        spdx = identifier("File", path)
        files.append({
            "SPDXID": spdx,
            "fileName": f"./{path}",
            "checksums": [{"algorithm": "SHA256", "checksumValue": digest}],
        })
        origin = origins.get(path)
        owner = origin.name if origin and origin.name else "nf-tools"
        links.append((identifier("Package", owner), "CONTAINS", spdx))
    content = hashlib.sha256(json.dumps(files).encode()).hexdigest()
    created = datetime.datetime.fromtimestamp(epoch, datetime.timezone.utc)
    return json.dumps({
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"nf-tools-{version}",
        "documentNamespace":
            f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, content)}",
        "creationInfo": {
            "created": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "creators": [f"Tool: nf-tools-bundle-{version}"],
        },
        "packages": packages,
        "files": files,
        "relationships": [
            {"spdxElementId": a, "relationshipType": kind,
             "relatedSpdxElement": b} for a, kind, b in links],
    }, indent=1) + "\n"
