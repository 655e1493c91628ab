#include "support/prometheus.h"
#include "support/http.h"
#include "support/proc.h"
#include <stdlib.h>
#include <string.h>

const char *prometheus_path(void)
{
    char *out = NULL, *err = NULL;
    assert_int_equal(proc_run((const char *const[]){SERVERS_SCRIPT, "prometheus", NULL}, NULL, &out, &err),
                     0);
    return strtok(out, "\n");
}

unsigned prometheus_start(const char *jobs)
{
    unsigned port = test_free_port();
    char *config = test_file("prometheus.yml",
                             "global: {scrape_interval: 1s, scrape_timeout: 1s}\n"
                             "scrape_configs: [%s]\n",
                             jobs);
    const char *argv[] = {prometheus_path(), test_text("--config.file=%s", config),
                          test_text("--storage.tsdb.path=%s/prometheus", test_dir()),
                          test_text("--web.listen-address=127.0.0.1:%u", port), NULL};
    proc_start(argv, NULL);
    WAIT_UNTIL(http_connect(port) >= 0, SOON_MS);
    return port;
}

json_t *prometheus_ask(unsigned port, const char *path)
{
    /* HTTP/1.0, so that nothing comes in chunks. */
    struct http_answer answer = http_raw(port, test_text("GET %s HTTP/1.0\r\n\r\n", path), SOON_MS);
    json_t *root = answer.status == 200 ? json_loadb(answer.body, answer.body_len, 0, NULL) : NULL;
    json_t *data = json_incref(json_object_get(root, "data"));
    json_decref(root);
    return data;
}

double prometheus_query(unsigned port, const char *expression)
{
    json_t *data = prometheus_ask(port, test_text("/api/v1/query?query=%s", expression));
    json_t *value = json_object_get(json_array_get(json_object_get(data, "result"), 0), "value");
    const char *text = json_string_value(json_array_get(value, 1));
    double number = text ? strtod(text, NULL) : -1;
    json_decref(data);
    return number;
}
