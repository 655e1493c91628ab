/* info_fuzz: any bytes as the answer to INFO, through every collector that reads INFO, to /metrics. */
#include "fuzz/show.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct snapshot *snapshot = fuzz_snapshot((struct str){(const char *)data, size});
    if (snapshot)
        fuzz_show(snapshot);
    return 0;
}
