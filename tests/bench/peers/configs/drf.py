# SPDX-License-Identifier: Apache-2.0
source = rest_api_source({
    "client": {
        "base_url": "https://api.example.com/",
        "auth": {"type": "bearer", "token": os.environ["TOKEN"]},
        "paginator": {"type": "json_link", "next_url_path": "next"},
    },
    "resources": [{"name": "notas", "endpoint": {
        "path": "notas/", "data_selector": "results"}}],
})
