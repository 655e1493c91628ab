#include "io/web_conf.h"
#include "io/conf_keys.h"
#include "io/web_cipher.h"
#include "io/web_keys.h"
#include <stdlib.h>
#include <string.h>

enum { FIRST_BLOCK = 1024, WEB_MAX = 4 << 20, BCRYPT_LEN = 60 };

/* A web_conf in the making. */
struct maker {
    struct web_conf *web;
    struct conf_faults *faults;
};

/* ---- bcrypt ----------------------------------------------------------------------------------------- */

static bool is_bcrypt_byte(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '/';
}

/* "$2y$10$" and 53 characters; $2x$ marks hashes of a broken implementation. */
bool web_hash_ok(struct str hash, unsigned *ret_cost)
{
    const char *h = hash.ptr;
    if (hash.len != BCRYPT_LEN || h[0] != '$' || h[1] != '2' || h[3] != '$' || h[6] != '$' ||
        (h[2] != 'a' && h[2] != 'b' && h[2] != 'y'))
        return false;
    for (size_t i = 7; i < BCRYPT_LEN; i++)
        if (!is_bcrypt_byte(h[i]))
            return false;
    if (h[4] < '0' || h[4] > '3' || h[5] < '0' || h[5] > '9')
        return false;
    *ret_cost = (unsigned)(h[4] - '0') * 10 + (unsigned)(h[5] - '0');
    return *ret_cost >= 4 && *ret_cost <= 31;
}

/* A sentence, or NULL when the hash is fine. Never shows the hash. */
static const char *hash_mistake(struct str hash)
{
    unsigned cost;
    if (!web_hash_ok(hash, &cost))
        return "must be a bcrypt hash ($2a$, $2b$ or $2y$ and 60 bytes), such as \"htpasswd -nBC 10 NAME\" "
               "prints behind the colon";
    if (cost > WEB_COST_MAX)
        return "has a bcrypt cost above 16: every new login would take seconds; 10 to 12 are usual";
    return NULL;
}

/* ---- the file --------------------------------------------------------------------------------------- */

static void read_user(struct maker *m, const struct conf_node *node, struct web_user *user)
{
    char key[CONF_SHOWN_MAX];
    conf_shown(node->key, key);
    if (node->kind == CONF_NODE_BAD)
        return;
    const char *mistake =
        node->kind == CONF_NODE_SCALAR ? hash_mistake(node->text) : "must be a single value";
    if (mistake)
        conf_fault(m->faults, node->at, "the hash of basic_auth_users.%s %s", key, mistake);
    if (str_index(node->key, ':') >= 0 || node->key.len > 255)
        conf_fault(m->faults, node->key_at, "a user name has at most 255 bytes and no colon");
    user->name = arena_copy(&m->web->arena, node->key).ptr;
    user->secret = arena_copy(&m->web->arena, node->text).ptr;
    if (!user->name || !user->secret)
        conf_fault(m->faults, node->at, "%s", err_sentence(ERR_MEMORY));
}

static void read_users(struct maker *m, const struct conf_node *node)
{
    if (node->kind == CONF_NODE_BAD || conf_node_is_null(node))
        return;
    if (node->kind != CONF_NODE_MAPPING) {
        conf_fault(m->faults, node->at, "basic_auth_users must be a mapping of user name to bcrypt hash");
        return;
    }
    if (node->count > WEB_USERS_MAX) {
        conf_fault(m->faults, node->at, "more than %u users", WEB_USERS_MAX);
        return;
    }
    struct web_user *users = arena_new(&m->web->arena, struct web_user, node->count + 1);
    if (!users) {
        conf_fault(m->faults, node->at, "%s", err_sentence(ERR_MEMORY));
        return;
    }
    for (const struct conf_node *child = node->first; child; child = child->next)
        read_user(m, child, &users[m->web->user_count++]);
    m->web->users = users;
}

static void report_unknown(struct maker *m, struct str section, const struct conf_node *child)
{
    char key[CONF_SHOWN_MAX];
    struct str meant = web_key_suggest(section, child->key);
    conf_shown_key(child->key, key);
    if (str_ends(section, STR(".headers")))
        conf_fault(m->faults, child->key_at, "the header %s cannot be set here%s" STR_FMT "%s", key,
                   meant.len ? "; did you mean " : "", STR_ARG(meant), meant.len ? "?" : "");
    else
        conf_fault(m->faults, child->key_at, "unknown key %s%s" STR_FMT "%s", key,
                   meant.len ? "; did you mean " : "", STR_ARG(meant), meant.len ? "?" : "");
}

static void read_section(struct maker *m, struct str section, const struct conf_node *mapping);

static void read_child(struct maker *m, struct str section, const struct conf_node *child)
{
    const struct web_key *key = web_key_find(section, child->key);
    char path[CONF_PATH_MAX];
    if (key) {
        web_key_set(key, child, m->web, m->faults);
    } else if (!section.len && str_eq(child->key, STR("basic_auth_users"))) {
        read_users(m, child);
    } else if (web_section_known(section, child->key)) {
        struct buf deeper;
        buf_init(&deeper, sizeof path);
        buf_fmt(&deeper, STR_FMT "%s" STR_FMT, STR_ARG(section), section.len ? "." : "", STR_ARG(child->key));
        if (str_copy(buf_view(&deeper), path, sizeof path))
            read_section(m, str_of(path), child);
        buf_done(&deeper);
    } else {
        report_unknown(m, section, child);
    }
}

static void read_section(struct maker *m, struct str section, const struct conf_node *mapping)
{
    if (mapping->kind == CONF_NODE_BAD || conf_node_is_null(mapping))
        return;
    if (mapping->kind != CONF_NODE_MAPPING) {
        conf_fault(m->faults, mapping->at, "%s" STR_FMT " must be a mapping", section.len ? "" : "the file",
                   STR_ARG(section));
        return;
    }
    for (const struct conf_node *child = mapping->first; child; child = child->next)
        read_child(m, section, child);
}

/* ---- rules between keys ----------------------------------------------------------------------------- */

static void check_source(struct maker *m, struct conf_place at, const char *file, const char *text,
                         const char *name, bool needed)
{
    if (file && text)
        conf_fault(m->faults, at, "tls_server_config has %s and %s_file; remove one", name, name);
    else if (needed && !file && !text)
        conf_fault(m->faults, at,
                   "tls_server_config has no %s_file; without it the port would speak plain HTTP", name);
}

static void check_clients(struct maker *m, struct conf_place at)
{
    struct web_tls *tls = &m->web->tls;
    bool ca = tls->client_ca_file || tls->client_ca;
    if (tls->client_auth == WEB_CLIENT_REQUIRE_ANY_OLD)
        tls->client_auth = WEB_CLIENT_REQUIRE_ANY;
    bool verifies =
        tls->client_auth == WEB_CLIENT_VERIFY_IF_GIVEN || tls->client_auth == WEB_CLIENT_REQUIRE_AND_VERIFY;
    if (ca && tls->client_auth == WEB_CLIENT_NONE)
        conf_fault(
            m->faults, at,
            "tls_server_config has client_ca_file and asks for no certificate; set client_auth_type to "
            "RequireAndVerifyClientCert");
    if (verifies && !ca)
        conf_fault(m->faults, at,
                   "tls_server_config.client_auth_type verifies, but there is no client_ca_file");
    if (tls->client_allowed_sans && tls->client_auth == WEB_CLIENT_NONE)
        conf_fault(
            m->faults, at,
            "tls_server_config has client_allowed_sans and asks for no certificate; set client_auth_type "
            "to RequireAndVerifyClientCert");
}

static void check_tls(struct maker *m, const struct conf_node *root)
{
    const struct conf_node *node = conf_node_get(root, STR("tls_server_config"));
    struct web_tls *tls = &m->web->tls;
    if (!node || node->kind != CONF_NODE_MAPPING || !node->count)
        return;
    m->web->tls_given = true;
    check_source(m, node->key_at, tls->cert_file, tls->cert, "cert", true);
    check_source(m, node->key_at, tls->key_file, tls->key, "key", true);
    check_source(m, node->key_at, tls->client_ca_file, tls->client_ca, "client_ca", false);
    check_clients(m, node->key_at);
    if (tls->min_version > tls->max_version)
        conf_fault(m->faults, node->key_at, "tls_server_config.min_version is above max_version");
}

/* A bucket without room would let nobody in. */
static void check_rate(struct maker *m, const struct conf_node *root)
{
    const struct conf_node *node = conf_node_get(root, STR("rate_limit"));
    if (m->web->rate_interval_ms && !m->web->rate_burst)
        conf_fault(m->faults, node->key_at,
                   "rate_limit.burst must be at least 1 beside an interval, or every request is refused");
}

/* ---- the whole -------------------------------------------------------------------------------------- */

static struct web_conf *new_web(const char *path)
{
    struct web_conf *web = calloc(1, sizeof *web);
    if (!web)
        return NULL;
    arena_init(&web->arena, FIRST_BLOCK, WEB_MAX);
    web->tls.min_version = CONF_TLS_12;
    web->tls.max_version = CONF_TLS_13;
    web->tls.prefer_server_cipher_suites = web->http2 = true;
    if (path && !(web->path = arena_copy(&web->arena, str_of(path)).ptr)) {
        web_conf_free(web);
        return NULL;
    }
    return web;
}

static void read_root(struct maker *m, const struct conf_node *root)
{
    read_section(m, STR(""), root);
    if (root->kind != CONF_NODE_MAPPING || m->faults->count)
        return;
    check_tls(m, root);
    check_rate(m, root);
}

typedef struct conf_node *(*reader)(const void *from, const char *path, struct arena *arena,
                                    struct conf_faults *faults);

static struct conf_node *read_file(const void *from, const char *path, struct arena *arena,
                                   struct conf_faults *faults)
{
    (void)from;
    return conf_read(path, arena, faults);
}

static struct conf_node *read_memory(const void *from, const char *path, struct arena *arena,
                                     struct conf_faults *faults)
{
    (void)path;
    return conf_yaml_read(*(const struct str *)from, arena, faults);
}

static struct web_conf *make(const char *path, reader read, const void *from, struct buf *errors)
{
    struct arena arena;
    struct conf_faults faults;
    struct web_conf *web = new_web(path);
    arena_init(&arena, FIRST_BLOCK, CONF_TREE_MAX);
    conf_faults_init(&faults, &arena);
    const struct conf_node *root = web ? read(from, path, &arena, &faults) : NULL;
    if (!web)
        conf_fault(&faults, (struct conf_place){0}, "%s", err_sentence(ERR_MEMORY));
    if (root)
        read_root(&(struct maker){web, &faults}, root);
    if (faults.count) {
        web_conf_free(web);
        web = NULL;
    }
    conf_faults_show(&faults, path, errors);
    arena_done(&arena);
    return web;
}

struct web_conf *web_conf_load(const char *path, struct buf *errors)
{
    return make(path, read_file, NULL, errors);
}

struct web_conf *web_conf_parse(const char *path, struct str yaml, struct buf *errors)
{
    return make(path, read_memory, &yaml, errors);
}

void web_conf_free(struct web_conf *web)
{
    if (!web)
        return;
    arena_done(&web->arena);
    free(web);
}

/* ---- the agent's own keys --------------------------------------------------------------------------- */

static const char *copy(struct web_conf *web, const char *text, bool *ok)
{
    const char *made = text ? arena_copy(&web->arena, str_of(text)).ptr : NULL;
    *ok = *ok && (made || !text);
    return made;
}

static bool keep_origin(struct web_conf *web, const struct conf_web *from, const char *where)
{
    struct conf_web *to = &web->origin;
    bool ok = true;
    *to = *from;
    to->config_file = copy(web, from->config_file, &ok);
    to->cert_file = copy(web, from->cert_file, &ok);
    to->key_file = copy(web, from->key_file, &ok);
    to->client_ca_file = copy(web, from->client_ca_file, &ok);
    to->username = copy(web, from->username, &ok);
    to->password = copy(web, from->password, &ok);
    to->password_hash = copy(web, from->password_hash, &ok);
    web->where = copy(web, where, &ok);
    return ok;
}

static bool take_keys(struct web_conf *web)
{
    const struct conf_web *origin = &web->origin;
    web->tls_given = origin->cert_file != NULL;
    web->tls.cert_file = origin->cert_file;
    web->tls.key_file = origin->key_file;
    web->tls.client_ca_file = origin->client_ca_file;
    web->tls.client_auth = origin->client_ca_file ? WEB_CLIENT_REQUIRE_AND_VERIFY : WEB_CLIENT_NONE;
    web->tls.min_version = origin->min_version;
    if (!origin->username)
        return true;
    struct web_user *user = arena_new(&web->arena, struct web_user, 1);
    if (!user)
        return false;
    user->plain = origin->password != NULL;
    user->name = origin->username;
    user->secret = origin->password ? origin->password : origin->password_hash;
    web->users = user;
    web->user_count = 1;
    return true;
}

struct web_conf *web_conf_of(const struct conf_web *origin, const char *where, struct buf *errors)
{
    const char *mistake = origin->password_hash ? hash_mistake(str_of(origin->password_hash)) : NULL;
    if (mistake) {
        buf_fmt(errors, "%s: basic_auth_password_hash %s\n", where, mistake);
        return NULL;
    }
    bool file = origin->config_file != NULL;
    struct web_conf *web = file ? web_conf_load(origin->config_file, errors) : new_web(NULL);
    if (!web && file)
        return NULL;
    if (web && keep_origin(web, origin, where) && (file || take_keys(web)))
        return web;
    buf_fmt(errors, "%s: %s\n", where, err_sentence(ERR_MEMORY));
    web_conf_free(web);
    return NULL;
}
