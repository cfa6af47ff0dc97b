# SPDX-License-Identifier: Apache-2.0
#
# Sources that a plan must refuse, and some that it must take.

mock_provider "google" {}

variables {
  project         = "demo-project"
  project_number  = "123456789012"
  deletion_policy = "DELETE"
  mapping_files   = ["tests/mapping.json"]
  bigtable        = { min_nodes = 1, max_nodes = 2 }
  retention       = { locked = 1, staging = 30, rejects = 30, logs = 30 }
}

run "bad_source_name" {
  command = plan
  variables {
    sources = { "NF-e" = { url = "https://api.example.com/", mapping = "mapping.json" } }
  }
  expect_failures = [var.sources]
}

run "unencrypted_source" {
  command = plan
  variables {
    sources = { nfe = { url = "http://api.example.com/", mapping = "mapping.json" } }
  }
  expect_failures = [var.sources]
}

run "url_with_query" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/?a=1", mapping = "mapping.json" } }
  }
  expect_failures = [var.sources]
}

run "no_url" {
  command = plan
  variables {
    sources = { nfe = { mapping = "mapping.json" } }
  }
  expect_failures = [var.sources]
}

run "no_mapping" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/" } }
  }
  expect_failures = [var.sources]
}

run "rejects_in_words" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", max_rejects = "a few" } }
  }
  expect_failures = [var.sources]
}

run "misspelt_max_rejects" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", max_reject = "1%" } }
  }
  expect_failures = [var.sources]
}

run "misspelt_late_after" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", late_afer = 10 } }
  }
  expect_failures = [var.sources]
}

run "misspelt_among_others" {
  command = plan
  variables {
    sources = { good = { url = "https://api.example.com/", mapping = "mapping.json" }, nfe = { url = "https://api.example.com/", mapping = "mapping.json", Schedule = "0 3 * * *" } }
  }
  expect_failures = [var.sources]
}

run "cron_in_words" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", schedule = "every day" } }
  }
  expect_failures = [var.sources]
}

run "cron_of_four_fields" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", schedule = "0 3 * *" } }
  }
  expect_failures = [var.sources]
}

run "cron_of_minute_60" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", schedule = "60 3 * * *" } }
  }
  expect_failures = [var.sources]
}

run "cron_of_hour_24" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", schedule = "0 24 * * *" } }
  }
  expect_failures = [var.sources]
}

run "cron_with_half_a_range" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", schedule = "0 3 * * mon-", late_after = 700000 } }
  }
  expect_failures = [var.sources]
}

run "zone_misspelt" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", time_zone = "America/SaoPaulo" } }
  }
  expect_failures = [var.sources]
}

run "zone_as_offset" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", time_zone = "-03:00" } }
  }
  expect_failures = [var.sources]
}

run "zone_abbreviated" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", time_zone = "BRT" } }
  }
  expect_failures = [var.sources]
}

run "late_after_in_words" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", late_after = "a day" } }
  }
  expect_failures = [var.sources]
}

run "late_after_negative" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", late_after = -1 } }
  }
  expect_failures = [var.sources]
}

run "weekly_without_late_after" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", schedule = "0 6 * * 1" } }
  }
  expect_failures = [var.sources]
}

run "monthly_without_late_after" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", schedule = "0 6 1 * *" } }
  }
  expect_failures = [var.sources]
}

run "arguments_as_text" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", fetch_args = "-p page" } }
  }
  expect_failures = [var.sources]
}

run "secrets_as_text" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", secrets = "token" } }
  }
  expect_failures = [var.sources]
}

run "secret_never_sent" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", secrets = ["token"] } }
  }
  expect_failures = [var.sources]
}

run "secret_of_another_name" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", secrets = ["token"], fetch_args = ["--bearer", "{secret:tokens}"] } }
  }
  expect_failures = [var.sources]
}

run "secret_not_listed" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", fetch_args = ["--bearer", "{secret:token}"] } }
  }
  expect_failures = [var.sources]
}

run "uptime_in_words" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", uptime = "often" } }
  }
  expect_failures = [var.sources]
}

run "cron_taken_0" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", schedule = "0 3 * * *", time_zone = "America/Manaus" } }
  }
}

run "cron_taken_1" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", schedule = "*/15 8-18 * * *", time_zone = "America/Manaus" } }
  }
}

run "cron_taken_2" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", schedule = "0,30 0-23/2 * * *", time_zone = "America/Manaus" } }
  }
}

run "cron_taken_3" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", schedule = "5 4 * * sun", late_after = 700000, time_zone = "America/Manaus" } }
  }
}

run "cron_taken_4" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", schedule = "0 6 1,15 * *", late_after = 1500000, time_zone = "America/Manaus" } }
  }
}

run "cron_taken_5" {
  command = plan
  variables {
    sources = { nfe = { url = "https://api.example.com/", mapping = "mapping.json", schedule = "0 6 1 1-12/3 MON-FRI", late_after = 9000000, time_zone = "America/Manaus" } }
  }
}
