# SPDX-License-Identifier: Apache-2.0
answer = requests.post("https://api.example.com/login", json={
    "usuario": os.environ["USER_NAME"],
    "senha": open("/run/secrets/senha").read().strip()})
answer.raise_for_status()
source = rest_api_source({
    "client": {
        "base_url": "https://api.example.com/",
        "auth": {"type": "bearer", "token": answer.json()["token"]},
        "paginator": {
            "type": "page_number", "base_page": 1, "page_param": "pagina",
            "total_path": "total_de_paginas"},
    },
    "resources": [{"name": "notas", "endpoint": {
        "path": "notas", "data_selector": "registros"}}],
})
