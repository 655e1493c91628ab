#include "io/web_keys.h"
#include "io/conf_keys.h"
#include "io/web_cipher.h"
#include <bluegreen/num.h>
#include <string.h>

static const char *const auth_types[] = {"NoClientCert",
                                         "RequestClientCert",
                                         "RequireAnyClientCert",
                                         "VerifyClientCertIfGiven",
                                         "RequireAndVerifyClientCert",
                                         "RequireClientCert",
                                         NULL};
static const char *const versions[] = {"TLS10", "TLS11", "TLS12", "TLS13", NULL};
static const char *const frame_options[] = {"deny", "sameorigin", NULL};
static const char *const type_options[] = {"nosniff", NULL};

const char *const web_header_names[WEB_HEADERS] = {"Strict-Transport-Security", "X-Content-Type-Options",
                                                   "X-Frame-Options", "X-XSS-Protection",
                                                   "Content-Security-Policy"};

#define TLS(member) offsetof(struct web_conf, tls.member)
#define WEB(member) offsetof(struct web_conf, member)
#define HEADERS     "http_server_config.headers."

const struct web_key web_keys[] = {
    {"tls_server_config.cert_file", WEB_FILE, NULL, TLS(cert_file)},
    {"tls_server_config.key_file", WEB_FILE, NULL, TLS(key_file)},
    {"tls_server_config.client_ca_file", WEB_FILE, NULL, TLS(client_ca_file)},
    {"tls_server_config.cert", WEB_SECRET, NULL, TLS(cert)},
    {"tls_server_config.key", WEB_SECRET, NULL, TLS(key)},
    {"tls_server_config.client_ca", WEB_SECRET, NULL, TLS(client_ca)},
    {"tls_server_config.client_auth_type", WEB_WORD, auth_types, TLS(client_auth)},
    {"tls_server_config.client_allowed_sans", WEB_SANS, NULL, TLS(client_allowed_sans)},
    {"tls_server_config.min_version", WEB_WORD, versions, TLS(min_version)},
    {"tls_server_config.max_version", WEB_WORD, versions, TLS(max_version)},
    {"tls_server_config.cipher_suites", WEB_CIPHERS, NULL, TLS(cipher_suites)},
    {"tls_server_config.curve_preferences", WEB_CURVES, NULL, TLS(curve_preferences)},
    {"tls_server_config.prefer_server_cipher_suites", WEB_SWITCH, NULL, TLS(prefer_server_cipher_suites)},
    {"http_server_config.http2", WEB_SWITCH, NULL, WEB(http2)},
    {HEADERS "Strict-Transport-Security", WEB_TEXT, NULL, WEB(headers[0])},
    {HEADERS "X-Content-Type-Options", WEB_CHOICE, type_options, WEB(headers[1])},
    {HEADERS "X-Frame-Options", WEB_CHOICE, frame_options, WEB(headers[2])},
    {HEADERS "X-XSS-Protection", WEB_TEXT, NULL, WEB(headers[3])},
    {HEADERS "Content-Security-Policy", WEB_TEXT, NULL, WEB(headers[4])},
    {"rate_limit.interval", WEB_DURATION, NULL, WEB(rate_interval_ms)},
    {"rate_limit.burst", WEB_COUNT, NULL, WEB(rate_burst)},
};

const unsigned web_keys_count = sizeof web_keys / sizeof *web_keys;

/* ---- finding ---------------------------------------------------------------------------------------- */

/* What <path> has below <section>: true and its next part, and whether that is the last one. */
static bool part_below(const char *path, struct str section, struct str *ret_part, bool *ret_last)
{
    struct str rest = str_of(path), tail;
    if (section.len) {
        if (!str_starts(rest, section) || rest.len <= section.len || rest.ptr[section.len] != '.')
            return false;
        rest = str_from(rest, section.len + 1);
    }
    *ret_last = !str_cut(rest, '.', ret_part, &tail);
    return true;
}

const struct web_key *web_key_find(struct str section, struct str name)
{
    for (unsigned i = 0; i < web_keys_count; i++) {
        struct str part;
        bool last;
        if (part_below(web_keys[i].path, section, &part, &last) && last && str_eq(part, name))
            return &web_keys[i];
    }
    return NULL;
}

bool web_section_known(struct str section, struct str name)
{
    for (unsigned i = 0; i < web_keys_count; i++) {
        struct str part;
        bool last;
        if (part_below(web_keys[i].path, section, &part, &last) && !last && str_eq(part, name))
            return true;
    }
    return false;
}

struct str web_key_suggest(struct str section, struct str name)
{
    struct str best = STR("");
    size_t best_distance = conf_near(name) + 1;
    for (unsigned i = 0; name.len <= 64 && i < web_keys_count; i++) {
        struct str part;
        bool last;
        size_t distance =
            part_below(web_keys[i].path, section, &part, &last) ? str_distance(part, name) : best_distance;
        if (distance < best_distance) {
            best = part;
            best_distance = distance;
        }
    }
    if (!best.len && !section.len && str_distance(STR("basic_auth_users"), name) <= conf_near(name))
        best = STR("basic_auth_users");
    return best;
}

/* ---- reading ---------------------------------------------------------------------------------------- */

/* One value on its way into a web_conf. */
struct setting {
    const struct web_key *key;
    const struct conf_node *node;
    struct web_conf *web;
    struct conf_faults *faults;
};

#define MEMBER(T, s) ((T *)(void *)((char *)(s)->web + (s)->key->offset))

static void no_memory(const struct setting *s)
{
    conf_fault(s->faults, s->node->at, "%s: %s", s->key->path, err_sentence(ERR_MEMORY));
}

static void expect(const struct setting *s, const char *what)
{
    char text[CONF_SHOWN_MAX];
    conf_fault(s->faults, s->node->at, "%s must be %s, and \"%s\" is not", s->key->path, what,
               conf_shown(s->node->text, text));
}

static void set_text(const struct setting *s)
{
    if (!s->node->text.len)
        return;
    const char *copy = arena_copy(&s->web->arena, s->node->text).ptr;
    if (copy)
        *MEMBER(const char *, s) = copy;
    else
        no_memory(s);
}

/* A value of a header must not hold what ends a header. */
static void set_line(const struct setting *s)
{
    for (size_t i = 0; i < s->node->text.len; i++) {
        unsigned char byte = (unsigned char)s->node->text.ptr[i];
        if (byte < 0x20 || byte == 0x7f) {
            conf_fault(s->faults, s->node->at, "%s must be one line without control bytes", s->key->path);
            return;
        }
    }
    set_text(s);
}

static void set_file(const struct setting *s)
{
    struct str name = s->node->text, path = str_of(s->web->path);
    struct buf complete;
    size_t folder = path.len;
    while (folder && path.ptr[folder - 1] != '/')
        folder--;
    if (!name.len || name.ptr[0] == '/' || !folder) {
        set_text(s);
        return;
    }
    buf_init(&complete, 8192);
    buf_str(&complete, str_sub(path, 0, folder));
    buf_str(&complete, name);
    const char *copy = buf_ok(&complete) ? arena_copy(&s->web->arena, buf_view(&complete)).ptr : NULL;
    if (copy)
        *MEMBER(const char *, s) = copy;
    else
        no_memory(s);
    buf_done(&complete);
}

static void set_switch(const struct setting *s)
{
    static const char *const words[] = {"false", "true", "no", "yes", "off", "on"};
    for (unsigned i = 0; i < sizeof words / sizeof *words; i++) {
        if (str_eq_nocase(s->node->text, str_of(words[i]))) {
            *MEMBER(bool, s) = i % 2;
            return;
        }
    }
    expect(s, "true or false");
}

static void expect_words(const struct setting *s)
{
    struct buf words;
    buf_init(&words, 512);
    for (unsigned i = 0; s->key->words[i]; i++)
        buf_fmt(&words, "%s%s", i == 0 ? "" : s->key->words[i + 1] ? ", " : " or ", s->key->words[i]);
    buf_char(&words, '\0');
    expect(s, buf_ok(&words) ? words.ptr : "one of the known words");
    buf_done(&words);
}

static void set_word(const struct setting *s)
{
    for (unsigned i = 0; s->key->words[i]; i++) {
        if (str_eq(s->node->text, str_of(s->key->words[i]))) {
            memcpy((char *)s->web + s->key->offset, &i, sizeof i);
            return;
        }
    }
    if (s->node->text.len) /* "" is as if it was left out */
        expect_words(s);
}

static void set_choice(const struct setting *s)
{
    for (unsigned i = 0; s->key->words[i]; i++)
        if (str_eq(s->node->text, str_of(s->key->words[i])))
            *MEMBER(const char *, s) = s->key->words[i];
    if (s->node->text.len && !*MEMBER(const char *, s))
        expect_words(s);
}

static void set_duration(const struct setting *s)
{
    uint64_t ms;
    if (!num_duration_ms(s->node->text, &ms) || ms > 3600000)
        expect(s, "a duration up to 1h, such as 500ms or 1s");
    else
        *MEMBER(uint32_t, s) = (uint32_t)ms;
}

static void set_count(const struct setting *s)
{
    uint64_t number;
    if (!num_u64(s->node->text, &number) || number > 1000000)
        expect(s, "a whole number up to 1000000");
    else
        *MEMBER(uint32_t, s) = (uint32_t)number;
}

static bool item_ok(const struct setting *s, const struct conf_node *item)
{
    struct setting one = {s->key, item, s->web, s->faults};
    struct buf words;
    bool ok = s->key->type == WEB_SANS ||
              (s->key->type == WEB_CIPHERS ? web_cipher_known(item->text) : web_curve_known(item->text));
    if (item->kind != CONF_NODE_SCALAR || conf_node_is_null(item) || !item->text.len)
        return conf_fault(s->faults, item->at, "%s must be a list of words", s->key->path);
    if (ok)
        return true;
    buf_init(&words, 2048);
    buf_text(&words, "one of ");
    s->key->type == WEB_CIPHERS ? web_cipher_names(&words) : web_curve_names(&words);
    buf_char(&words, '\0');
    expect(&one,
           s->key->type == WEB_CURVES && buf_ok(&words) ? words.ptr : "a cipher suite that is offered here");
    buf_done(&words);
    return false;
}

static void set_list(const struct setting *s)
{
    uint32_t count = 0;
    if (s->node->count > WEB_LIST_MAX) {
        conf_fault(s->faults, s->node->at, "%s has more than %u items", s->key->path, WEB_LIST_MAX);
        return;
    }
    const char **list = arena_new(&s->web->arena, const char *, s->node->count + 1);
    for (const struct conf_node *item = s->node->first; item && list; item = item->next) {
        if (!item_ok(s, item))
            return;
        list[count] = arena_copy(&s->web->arena, item->text).ptr;
        if (!list[count++])
            list = NULL;
    }
    if (!list)
        no_memory(s);
    else if (count)
        *MEMBER(const char *const *, s) = list;
}

void web_key_set(const struct web_key *key, const struct conf_node *node, struct web_conf *web,
                 struct conf_faults *faults)
{
    static void (*const setters[])(const struct setting *s) = {
        [WEB_TEXT] = set_line,         [WEB_SECRET] = set_text,  [WEB_FILE] = set_file,
        [WEB_SWITCH] = set_switch,     [WEB_WORD] = set_word,    [WEB_CHOICE] = set_choice,
        [WEB_SANS] = set_list,         [WEB_CIPHERS] = set_list, [WEB_CURVES] = set_list,
        [WEB_DURATION] = set_duration, [WEB_COUNT] = set_count};
    const struct setting setting = {key, node, web, faults};
    bool list = setters[key->type] == set_list;
    if (node->kind == CONF_NODE_BAD || conf_node_is_null(node))
        return; /* "key:" alone is as if it was left out, as the exporter-toolkit has it */
    if (node->kind != (list ? CONF_NODE_SEQUENCE : CONF_NODE_SCALAR))
        conf_fault(faults, node->at, "%s must be a %s", key->path, list ? "list" : "single value");
    else
        setters[key->type](&setting);
}
