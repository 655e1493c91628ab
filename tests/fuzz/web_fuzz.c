/* web_fuzz: any bytes as a web configuration. What loads has what it promises; a refusal is explained. */
#include "fuzz/show.h"
#include "io/web_cipher.h"

enum { ERRORS_MAX = 8 << 20, PRIORITY_MAX = 64 << 10 };

static void look_at(const struct web_conf *web)
{
    struct buf text;
    unsigned cost;
    buf_init(&text, PRIORITY_MAX);
    web_priority(&web->tls, &text);
    require(buf_ok(&text));
    buf_done(&text);
    require(!web->tls_given ||
            ((web->tls.cert_file || web->tls.cert) && (web->tls.key_file || web->tls.key)));
    require(web->tls.client_auth != WEB_CLIENT_REQUIRE_ANY_OLD);
    require(!web->rate_interval_ms || web->rate_burst);
    for (unsigned i = 0; i < web->user_count; i++)
        require(web->users[i].name && web_hash_ok(str_of(web->users[i].secret), &cost) &&
                cost <= WEB_COST_MAX);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf errors;
    buf_init(&errors, ERRORS_MAX);
    struct web_conf *web = web_conf_parse("dir/fuzz.yml", (struct str){(const char *)data, size}, &errors);
    if (web) {
        require(errors.len == 0);
        look_at(web);
    } else {
        require(buf_ok(&errors) && errors.len && str_starts(buf_view(&errors), STR("dir/fuzz.yml:")));
        require(errors.ptr[errors.len - 1] == '\n');
    }
    web_conf_free(web);
    buf_done(&errors);
    return 0;
}
