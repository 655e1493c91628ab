/* replay: runs a fuzz target over files and folders, for machines without libFuzzer and for every test run.
 */
#include "fuzz/show.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static unsigned files;

static void replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat about;
    require(file && fstat(fileno(file), &about) == 0);
    /* Exactly as large as the input, so that a byte too far is seen. */
    uint8_t *bytes = malloc((size_t)about.st_size + (about.st_size == 0));
    require(bytes && fread(bytes, 1, (size_t)about.st_size, file) == (size_t)about.st_size);
    fclose(file);
    /* A crash would leave nobody to name the input. */
    fprintf(stderr, "%s\n", path);
    LLVMFuzzerTestOneInput(bytes, (size_t)about.st_size);
    free(bytes);
    files++;
}

static void replay(const char *path)
{
    char inner[1024];
    DIR *folder = opendir(path);
    if (!folder) {
        replay_file(path);
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder));) {
        if (entry->d_name[0] == '.')
            continue;
        snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);
        replay(inner);
    }
    closedir(folder);
}

int main(int count, char **paths)
{
    for (int i = 1; i < count; i++)
        replay(paths[i]);
    printf("%u inputs\n", files);
    return files ? 0 : 1;
}
