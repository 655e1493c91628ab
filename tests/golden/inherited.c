/* Prints the families that may break naming rules because redis_exporter's names do, for tests/golden/lint.
 */
#include <bluegreen/collector.h>
#include <stdio.h>

int main(void)
{
    for (unsigned i = 0; i < family_count(); i++)
        if (family_at(i)->flags & FAMILY_INHERITED)
            puts(family_at(i)->name);
    return 0;
}
