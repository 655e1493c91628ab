/* clients_fuzz: any bytes as the answer to CLIENT LIST, with every client asked for, to /metrics. */
#include "fuzz/show.h"
#include "metric/clients.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct clients_options options = {
        .top = 3, .each = true, .each_port = true, .each_max = 100, .limit_bytes = {1, 2, 3}};
    struct str text = {(const char *)data, size};
    struct arena arena, work;
    struct samples samples;
    struct err err = {.kind = ERR_NONE};
    bool truncated = false;
    arena_init(&arena, 0, 16 << 20);
    arena_init(&work, 0, 64 << 20);
    samples_init(&samples, &arena, 0);
    bool ok = clients_emit(text, &options, &work, &samples, &truncated, &err);
    require(ok == (err.kind == ERR_NONE));
    if (ok)
        fuzz_show_samples(&samples);
    samples_done(&samples);
    arena_done(&work);
    arena_done(&arena);
    return 0;
}
