#include <bluegreen/num.h>
#include <bluegreen/version.h>

uint32_t version_parse(struct str s)
{
    uint32_t version = 0;
    for (int shift = 16; shift >= 0; shift -= 8) {
        struct str part;
        uint64_t number;
        if (!str_next(&s, '.', &part))
            break;
        /* "8.0.0-rc1": the digits before the first other byte count. */
        size_t digits = 0;
        while (digits < part.len && part.ptr[digits] >= '0' && part.ptr[digits] <= '9')
            digits++;
        if (!num_u64(str_sub(part, 0, digits), &number) || number > 255)
            return 0;
        version |= (uint32_t)number << shift;
    }
    return version;
}
