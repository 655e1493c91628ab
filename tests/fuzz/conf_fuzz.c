/* conf_fuzz: any bytes as a configuration file. What loads prints as something that loads and prints alike.
 */
#include "fuzz/show.h"
#include "io/conf.h"

enum { ERRORS_MAX = 8 << 20, PRINT_MAX = 64 << 20 };

static void print_and_read_again(const struct config *config)
{
    struct buf first, second, errors;
    buf_init(&first, PRINT_MAX);
    buf_init(&second, PRINT_MAX);
    buf_init(&errors, ERRORS_MAX);
    conf_print(config, &first);
    require(buf_ok(&first));
    struct config *again = conf_parse("printed.yml", buf_view(&first), &errors);
    require(again != NULL);
    conf_print(again, &second);
    require(buf_ok(&second) && str_eq(buf_view(&first), buf_view(&second)));
    conf_unreloadable(config, config, &errors);
    require(buf_ok(&errors) && errors.len == 0);
    conf_free(again);
    buf_done(&first);
    buf_done(&second);
    buf_done(&errors);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct buf errors;
    buf_init(&errors, ERRORS_MAX);
    struct config *config = conf_parse("fuzz.yml", (struct str){(const char *)data, size}, &errors);
    if (config) {
        require(errors.len == 0);
        print_and_read_again(config);
    } else {
        /* Every refusal is explained, line by line. */
        require(buf_ok(&errors) && errors.len && str_starts(buf_view(&errors), STR("fuzz.yml:")));
        require(errors.ptr[errors.len - 1] == '\n');
    }
    conf_free(config);
    buf_done(&errors);
    return 0;
}
