# SPDX-License-Identifier: Apache-2.0
"""What a plan must refuse: a variable, its value, and what is then said.  Of
different variables several are tried at once."""

IMAGE = {"version": "composer-3-airflow-3.1.7-build.0",
         "supported_until": "2027-03-03"}
NODES = {"min_nodes": 1, "max_nodes": 2}
CLUSTER = {"zone": "southamerica-east1-b", "min_nodes": 1, "max_nodes": 1}
DAYS = {"locked": 0, "staging": 30, "rejects": 30, "logs": 30}
NIGHT = {"start_time": "2026-01-01T00:00:00Z",
         "end_time": "2026-01-01T04:00:00Z", "recurrence": "FREQ=WEEKLY"}


def composer(**more):
    return {"image": IMAGE, **more}


def with_cluster(name="second", **change):
    return {**NODES, "clusters": {name: {**CLUSTER, **change}}}


def existing(*pairs):
    return dict(pairs)


NETWORK = ("network", "projects/h/global/networks/n")
SUBNET = ("subnet", "projects/h/regions/southamerica-east1/subnetworks/s")
UNKNOWN = "has a member that nobody knows"

# Refused by the root.
ROOT = [
    ("project", "My Project", "project id is 6 to 30"),
    ("project", "123456789012", "project id is 6 to 30"),
    ("project_number", "demo-project", "project number is digits"),
    ("region", "sa", "region is named like"),
    ("region", "southamerica-east1-a", "region is named like"),
    ("zone", "us-east1-b", "zone is not in the region"),
    ("zone", "southamerica-east10-a", "zone is not in the region"),
    ("zone", "southamerica-east1", "zone is not in the region"),
    ("environment", "Dev Env", "A label is"),
    ("environment", "", "A label is"),
    ("prefix", "a-very-long-prefix", "A prefix is 2 to 12"),
    ("prefix", "nf_dev", "A prefix is 2 to 12"),
    ("prefix", "n", "A prefix is 2 to 12"),
    ("prefix", "nf-", "A prefix is 2 to 12"),
    ("prefix", "2nf", "A prefix is 2 to 12"),
    ("deletion_policy", "ABANDON", "DELETE or PREVENT"),
    ("deletion_policy", "delete", "DELETE or PREVENT"),
    ("bigtable", {"min_nodes": 1, "max_node": 2}, "bigtable, or one of"),
    ("bigtable", with_cluster(zones="x"), "bigtable, or one of"),
    ("bigtable", {**NODES, "clusters": {"b": "southamerica-east1-b"}},
     "bigtable, or one of"),
    ("retention", {**DAYS, "log": 3}, "retention " + UNKNOWN),
    ("retention", {**DAYS, "locked": 30}, "only be removed after"),
    ("retention", {**DAYS, "locked": -1}, "retention has locked"),
    ("retention", {**DAYS, "logs": 0}, "retention has locked"),
    ("retention", {**DAYS, "staging": 1.5}, "retention has locked"),
    ("retention", {**DAYS, "rejects": "long"}, "retention has locked"),
    ("retention", {"locked": 0, "staging": 9}, "retention has locked"),
    ("network", {"static_egres": True}, "network " + UNKNOWN),
    ("network", {"static_egress": "perhaps"}, "static_egress is true"),
    ("existing", {"bucket": "x"}, "existing " + UNKNOWN),
    ("existing", {"buckets": {"stage": "my-staging"}},
     "box or a bucket that nobody"),
    ("existing", {"accounts": {"loader": "l@p.iam.gserviceaccount.com"}},
     "box or a bucket that nobody"),
    ("existing", {"accounts": {"spark": "spark"}}, "accounts are e-mail"),
    ("existing", {"buckets": {"staging": "gs://x"}}, "accounts are e-mail"),
    ("existing", existing(NETWORK), "network needs subnet"),
    ("existing", existing(SUBNET), "network needs subnet"),
    ("existing", {"instance": "i"}, "network needs subnet"),
    ("existing", {"network": "shared", "subnet": "nf"}, "network is projects"),
    ("existing", existing(NETWORK, (
        "subnet", "projects/h/regions/us-east1/subnetworks/s")),
     "subnet is not in the region"),
    ("existing", {"key": "projects/p/locations/us-east1/keyRings/r/"
                         "cryptoKeys/k"}, "key is projects"),
    ("run", {"hour": 3}, "run " + UNKNOWN),
    ("run", {"image": ""}, "run.image is"),
    ("run", {"image": "nf-tools"}, "run.image is"),
    ("run", {"cpu": "fast"}, "run.cpu is"),
    ("run", {"memory": "2GB"}, "run.cpu is"),
    ("run", {"env": {"NF_JOBS": "x"}}, "env may have"),
    ("run", {"env": {"NF_SECRET_TOKEN": "hunter2"}}, "env may have"),
    ("function", {"memroy": "2Gi"}, "function " + UNKNOWN),
    ("function", {"memory": "2GB"}, "function.memory is"),
    ("function", {"max_instances": 0}, "function.memory is"),
    ("function", {"events": "perhaps"}, "function.events is"),
    ("composer", composer(max_wokers=3), "composer " + UNKNOWN),
    ("composer", {"image": {**IMAGE, "verison": "x"}}, "composer.image has"),
    ("composer", {"image": "composer-3"}, "composer.image has"),
    ("composer", "yes", "composer.image has"),
    ("composer", composer(maintenance_window={**NIGHT, "zone": "UTC"}),
     "composer.maintenance_window has"),
    ("composer", composer(maintenance_window={"start_time": "x"}),
     "composer.maintenance_window has"),
    ("composer", composer(fetch="functions"), "fetch is"),
    ("composer", composer(env={"NF_LOG": "other"}), "env may have"),
    ("composer", composer(env={"PIP_EXTRA_INDEX_URL": "https://pypi.org"}),
     "env may have"),
    ("spark", {"share": 3}, "spark " + UNKNOWN),
    ("readers", ["joao@example.com"], "A reader is a member"),
    ("alerts", {"email": ["a@example.com"]}, "alerts " + UNKNOWN),
    ("alerts", {"emails": "a@example.com"}, "alerts.emails is a list"),
    ("alerts", {"emails": ["oncall"]}, "alerts.emails is a list"),
    ("alerts", {"slos": "soon"}, "alerts.slos is"),
    ("alerts", {"uptime": "nfe"}, "alerts.slos is"),
]

# Refused by a module, or when all is put together.
MODULES = [
    ("alerts", {"uptime": ["nef"]}, "alerts/uptime: nef: there is no such"),
    ("bigtable", {"min_nodes": "three", "max_nodes": 3}, "number is required"),
    ("bigtable", {"min_nodes": 5, "max_nodes": 3}, "min_nodes is at least"),
    ("bigtable", {**NODES, "cpu_target": 600}, "cpu_target is 10 to 80"),
    ("bigtable", {**NODES, "storage_target": 1}, "storage_target is 2560"),
    ("bigtable", {**NODES, "storage_type": "HDD", "storage_target": 4000},
     "storage_target is 2560"),
    ("bigtable", {**NODES, "storage_type": "DISK"}, "SSD or HDD"),
    ("bigtable", {**NODES, "backup_days": 91}, "at most 90 days"),
    ("bigtable", with_cluster("main"), "A cluster's name is"),
    ("bigtable", with_cluster("b"), "A cluster's name is"),
    ("bigtable", with_cluster("a-name-of-17-char"), "A cluster's name is"),
    ("bigtable", with_cluster(zone="southamerica-east1"),
     "A cluster's name is"),
    ("bigtable", with_cluster(zone="southamerica-east1-a"),
     "Two clusters are in one zone"),
    ("network", {"range": "10.0.0.0"}, "range is a range of addresses"),
    ("composer", {"image": {**IMAGE, "supported_until": "soon"}},
     "supported_until is a day"),
    ("composer", composer(size="HUGE"), "size is ENVIRONMENT_SIZE"),
    ("composer", composer(resilience="HIGH"), "resilience is STANDARD"),
    ("composer", composer(min_workers=5, max_workers=2),
     "min_workers is at least"),
    ("composer", composer(packages={"nf-tools": "==9"}),
     "nf-tools is installed by wheel"),
    ("run", {"hours": 169}, "hours is 1 to 168"),
    ("run", {"hours": 1.5}, "hours is 1 to 168"),
    ("function", {"source": "no/such.zip"}, "make wheel builds it"),
]


# Variables that those are compared with: of one that is wrong itself, nothing
# is said of them.
NEEDED = {"region": {"zone", "existing"}, "function": {"composer"}}


def rounds(cases):
    """The cases in groups in which each variable is wrong once."""
    found = []
    for case in cases:
        for group in found:
            others = {c[0] for c in group}
            if not others & {case[0], *NEEDED.get(case[0], ())} and not any(
                    case[0] in NEEDED.get(o, ()) for o in others):
                group.append(case)
                break
        else:
            found.append([case])
    return found
