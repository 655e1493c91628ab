#include "agent/footprint.h"
#include <link.h>
#include <malloc.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

/*
 * glibc raises its threshold for blocks of their own to the largest one that was ever freed, and keeps what
 * is below: one scrape of a thousand targets would stay with us for good. A threshold that was set stays
 * where it is.
 */
void footprint_bound(void)
{
#ifdef __GLIBC__
    enum { LARGE = 512 << 10 };
    mallopt(M_MMAP_THRESHOLD, LARGE);
    mallopt(M_TRIM_THRESHOLD, LARGE);
#endif
}

/* Whether its code was changed when it was loaded: then its pages are not the file's any more. */
static bool has_text_relocations(const struct dl_phdr_info *object)
{
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        if (segment->p_type != PT_DYNAMIC)
            continue;
        const ElfW(Dyn) *entry = (const void *)(object->dlpi_addr + segment->p_vaddr);
        for (; entry->d_tag != DT_NULL; entry++)
            if (entry->d_tag == DT_TEXTREL || (entry->d_tag == DT_FLAGS && (entry->d_un.d_val & DF_TEXTREL)))
                return true;
    }
    return false;
}

/* What is never written is the file's: code, constants, symbol tables, relocations. */
static int settle_object(struct dl_phdr_info *object, size_t size, void *page_size)
{
    uintptr_t page = *(const uintptr_t *)page_size;
    bool kernels = object->dlpi_addr == getauxval(AT_SYSINFO_EHDR);
    (void)size;
    if (kernels || has_text_relocations(object))
        return 0;
    for (unsigned i = 0; i < object->dlpi_phnum; i++) {
        const ElfW(Phdr) *segment = &object->dlpi_phdr[i];
        uintptr_t start = object->dlpi_addr + segment->p_vaddr, end = start + segment->p_memsz;
        if (segment->p_type != PT_LOAD || (segment->p_flags & PF_W))
            continue;
        start &= ~(page - 1);
        end &= ~(page - 1); /* a last page that is not full may be shared with the next segment */
        if (end > start)
            (void)madvise((void *)start, end - start, MADV_DONTNEED);
    }
    return 0;
}

void footprint_settle(void)
{
    uintptr_t page = (uintptr_t)sysconf(_SC_PAGESIZE);
    dl_iterate_phdr(settle_object, &page);
}
