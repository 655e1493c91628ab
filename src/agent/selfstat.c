#include "agent/selfstat.h"
#include "agent/adhoc.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

enum { NETWORK_KEPT_MS = 1000 };

static double seconds(struct timeval t)
{
    return (double)t.tv_sec + (double)t.tv_usec / 1e6;
}

/* Linux; elsewhere the resident set stays what libuv says and the rest is absent as 0. */
static void read_memory(struct agent_status *status)
{
    unsigned long size, resident;
    FILE *file = fopen("/proc/self/statm", "re");
    size_t rss = 0;
    if (file && fscanf(file, "%lu %lu", &size, &resident) == 2) {
        status->virtual_bytes = (double)size * (double)sysconf(_SC_PAGESIZE);
        status->resident_bytes = (double)resident * (double)sysconf(_SC_PAGESIZE);
    } else if (uv_resident_set_memory(&rss) == 0) {
        status->resident_bytes = (double)rss;
    }
    if (file)
        fclose(file);
}

/* Linux 6.2 and later say it as the directory's size; before that they are counted one by one. */
static double count_descriptors(void)
{
    struct stat status;
    if (stat("/proc/self/fd", &status) == 0 && status.st_size > 0)
        return (double)status.st_size;
    DIR *dir = opendir("/proc/self/fd");
    double count = 0;
    if (!dir)
        return 0;
    for (struct dirent *entry; (entry = readdir(dir));)
        count += entry->d_name[0] != '.';
    closedir(dir);
    return count - 1; /* the directory itself */
}

/* The words of a line "IpExt: …". */
static bool next_words(FILE *file, char *line, int size, char **ret)
{
    while (fgets(line, size, file)) {
        if (strncmp(line, "IpExt: ", 7) == 0) {
            *ret = line + 7;
            return true;
        }
    }
    return false;
}

/* Two lines, names and numbers: IpExt: InNoRoutes … InOctets OutOctets … */
static void read_network(struct agent_network *network)
{
    char names[2048], numbers[2048], *name_rest, *number_rest, *name, *number;
    FILE *file = fopen("/proc/self/net/netstat", "re");
    if (file && next_words(file, names, sizeof names, &name_rest) &&
        next_words(file, numbers, sizeof numbers, &number_rest)) {
        while ((name = strsep(&name_rest, " \n")) && (number = strsep(&number_rest, " \n"))) {
            if (strcmp(name, "InOctets") == 0)
                network->received_bytes = strtod(number, NULL);
            else if (strcmp(name, "OutOctets") == 0)
                network->sent_bytes = strtod(number, NULL);
        }
    }
    if (file)
        fclose(file);
}

/* For one reading the kernel adds up hundreds of counters over all processors, which takes longer than all
 * the rest of this file; it is kept for a moment. */
static void look_at_network(struct agent *agent, struct agent_status *ret)
{
    struct agent_network *network = &agent->network;
    uint64_t now = uv_now(&agent->loop);
    if (!network->read_ms || now - network->read_ms >= NETWORK_KEPT_MS) {
        read_network(network);
        network->read_ms = now;
    }
    ret->received_bytes = network->received_bytes;
    ret->sent_bytes = network->sent_bytes;
}

void selfstat_read(struct agent *agent, struct agent_status *ret)
{
    const struct httpd_stats *http = httpd_stats(agent->httpd);
    const struct httpd_web web = httpd_web(agent->httpd);
    struct rusage usage;
    struct rlimit files = {0, 0}, memory = {0, 0};
    getrusage(RUSAGE_SELF, &usage);
    getrlimit(RLIMIT_NOFILE, &files);
    getrlimit(RLIMIT_AS, &memory);
    *ret = (struct agent_status){
        .version = BLUEGREEN_VERSION,
        .start_seconds = agent->start_seconds,
        .cpu_seconds = seconds(usage.ru_utime) + seconds(usage.ru_stime),
        .open_fds = count_descriptors(),
        .max_fds = (double)files.rlim_cur,
        .virtual_max_bytes = (double)memory.rlim_cur,
        .targets = agent->target_count,
        .config_ok = agent->config_ok,
        .config_seconds = agent->config_seconds,
        .scrapes = agent->scrape_count,
        .scrape_seconds_sum = agent->scrape_seconds_sum,
        .scrape_request_errors = adhoc_refused(agent->adhoc),
        .http_requests = http->requests,
        .http_rejected = http->rejected,
        .http_evicted = http->evicted,
        .http_unauthorized = http->unauthorized,
        .http_limited = http->limited,
        .http_tls_failed = http->tls_failed,
        .http_password_checks = web.password_checks,
        .web_given = web.given,
        .web_ok = web.ok,
        .web_certificate_end = web.certificate_end,
        .http_connections = http->connections,
        .http_parked = http->parked,
        .loop_lag_seconds = (double)agent->longest_lag_ms / 1e3,
        .process_families = !agent->config->redis_only_metrics,
    };
    read_memory(ret);
    look_at_network(agent, ret);
    agent->longest_lag_ms = 0;
}
