# SPDX-License-Identifier: Apache-2.0
source = rest_api_source({
    "client": {
        "base_url": "https://api.example.com/v1/",
        "auth": {"type": "http_basic", "username": os.environ["KEY"],
                 "password": ""},
        "paginator": {
            "type": "cursor", "cursor_param": "starting_after",
            "cursor_path": "data[-1].id", "has_more_path": "has_more"},
    },
    "resources": [{"name": "invoices", "endpoint": {
        "path": "invoices", "data_selector": "data",
        "params": {"limit": 10}}}],
})
