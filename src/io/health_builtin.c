/* The shipped checks: the bytes of monitoring/health-checks.yml, put here by the assembler. */
#include "io/health_file.h"

__asm__(".section .rodata\n"
        "health_checks_begin: .incbin \"" HEALTH_CHECKS_FILE "\"\n"
        "health_checks_end:\n"
        ".previous\n");

extern const char health_checks_begin[], health_checks_end[];

struct str health_file_builtin(void)
{
    return (struct str){health_checks_begin, (size_t)(health_checks_end - health_checks_begin)};
}
