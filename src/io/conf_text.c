/*
 * conf_text: text as YAML writes it, the way back from conf_yaml.
 */
#include "io/conf_yaml.h"

/* The character at the start of <text>, and its length in bytes; 0 when that is not UTF-8. */
static size_t utf8_first(struct str text, uint32_t *ret)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned char lead = (unsigned char)text.ptr[0];
    size_t len = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
    if (len == 0 || len > text.len)
        return 0;
    uint32_t c = len == 1 ? lead : lead & (0x7Fu >> len);
    for (size_t i = 1; i < len; i++) {
        unsigned char next = (unsigned char)text.ptr[i];
        if (next >> 6 != 2)
            return 0;
        c = c << 6 | (next & 0x3F);
    }
    if (c < least[len] || c > 0x10FFFF || (c >= 0xD800 && c <= 0xDFFF))
        return 0;
    *ret = c;
    return len;
}

bool conf_text_ok(struct str text)
{
    while (text.len) {
        uint32_t c;
        size_t len = utf8_first(text, &c);
        if (len == 0 || c == 0)
            return false;
        text = str_from(text, len);
    }
    return true;
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/* Narrower than YAML's own rule, which nobody remembers. */
static bool plain_is_safe(struct str text)
{
    if (text.len == 0 || !(is_word(text.ptr[0]) || text.ptr[0] == '/') || text.ptr[text.len - 1] == ':' ||
        str_eq_nocase(text, STR("null")))
        return false;
    for (size_t i = 0; i < text.len; i++)
        if (!is_word(text.ptr[i]) && str_index(STR("_./:-"), text.ptr[i]) < 0)
            return false;
    return true;
}

/* Characters that YAML does not read back as they are: control, line separators, marks of the encoding. */
static bool needs_escape(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c < 0xA0) || c == 0x2028 || c == 0x2029 || c == 0xFEFF || c == 0xFFFE ||
           c == 0xFFFF;
}

void conf_text_print(struct str text, struct buf *out)
{
    if (plain_is_safe(text)) {
        buf_str(out, text);
        return;
    }
    buf_char(out, '"');
    while (text.len) {
        uint32_t c = 0;
        size_t len = utf8_first(text, &c);
        if (len == 0)
            break;
        if (needs_escape(c))
            buf_fmt(out, "\\u%04X", (unsigned)c);
        else if (c == '"' || c == '\\')
            buf_fmt(out, "\\%c", (char)c);
        else
            buf_str(out, str_sub(text, 0, len));
        text = str_from(text, len);
    }
    buf_char(out, '"');
}
