/*
 * The names come from redis_exporter where it has one, odd ones too: dashboards and alerts know them. Rows
 * marked FAMILY_INHERITED are exactly those that promtool's linter complains about.
 *
 * Fields that carry a structure (cmdstat_*, errorstat_*, db0, slave0) have a collector of their own and are
 * neither here nor on the ignore list. Fields of modules, Sentinel and CLUSTER INFO are not in this table.
 */
#include "collectors.h"
#include <bluegreen/catalog.h>
#include <bluegreen/num.h>
#include <math.h>

#define PRIMARY "master_host,master_port"

/* clang-format off */
const struct catalog_row catalog[] = {
    /* Server */
    {"process_id",               {"redis_process_id",          METRIC_GAUGE, "",
     "Process id of the server; a new one means it was restarted (INFO process_id)"}},
    {"server_time_usec",         {"redis_server_time_seconds", METRIC_GAUGE, "",
     "Unix time of the server; far from time() its clock is wrong (INFO server_time_usec)"}, UNIT_USEC},
    {"uptime_in_seconds",        {"redis_uptime_in_seconds",   METRIC_GAUGE, "",
     "Time since the server started; a drop means it was restarted (INFO uptime_in_seconds)"}},
    {"hz",                       {"redis_hz",                  METRIC_GAUGE, "",
     "Rounds of background work per second, at this moment (INFO hz)"}},
    {"configured_hz",            {"redis_configured_hz",       METRIC_GAUGE, "",
     "Rounds of background work per second, as configured (INFO configured_hz)"}},
    {"clients_hz",               {"redis_clients_hz",          METRIC_GAUGE, "",
     "Rounds of client housekeeping per second, Valkey only (INFO clients_hz)"}},
    {"io_threads_active",        {"redis_io_threads_active",   METRIC_GAUGE, "",
     "1 while I/O threads take part in reading and writing (INFO io_threads_active)"}},
    {"shutdown_in_milliseconds", {"redis_shutdown_in_seconds", METRIC_GAUGE, "",
     "Longest time a running shutdown still waits for replicas that lag (INFO shutdown_in_milliseconds)"},
     UNIT_MSEC},

    /* Clients */
    {"connected_clients",               {"redis_connected_clients",                    METRIC_GAUGE, "",
     "Clients, not counting replicas; at redis_max_clients new ones are refused (INFO connected_clients)"}},
    {"cluster_connections",             {"redis_cluster_connections",                  METRIC_GAUGE, "",
     "Sockets this node holds open on the cluster bus (INFO cluster_connections)"}},
    {"maxclients",                      {"redis_max_clients",                          METRIC_GAUGE, "",
     "Client connections the server accepts at most (INFO maxclients)"}},
    {"client_recent_max_input_buffer",  {"redis_client_recent_max_input_buffer_bytes", METRIC_GAUGE, "",
     "Largest query buffer of any client lately (INFO client_recent_max_input_buffer)"}},
    {"client_recent_max_output_buffer", {"redis_client_recent_max_output_buffer_bytes", METRIC_GAUGE, "",
     "Largest output buffer lately; large means a slow reader (INFO client_recent_max_output_buffer)"}},
    {"blocked_clients",                 {"redis_blocked_clients",                      METRIC_GAUGE, "",
     "Clients waiting in a blocking call such as BLPOP, XREAD or WAIT (INFO blocked_clients)"}},
    {"tracking_clients",                {"redis_tracking_clients",                     METRIC_GAUGE, "",
     "Clients that use client-side caching (INFO tracking_clients)"}},
    {"pubsub_clients",                  {"redis_pubsub_clients",                       METRIC_GAUGE, "",
     "Clients that are subscribed to a channel or pattern (INFO pubsub_clients)"}},
    {"watching_clients",                {"redis_watching_clients",                     METRIC_GAUGE, "",
     "Clients that hold a WATCH (INFO watching_clients)"}},
    {"clients_in_timeout_table",        {"redis_clients_in_timeout_table",             METRIC_GAUGE, "",
     "Blocked clients whose wait has a time limit (INFO clients_in_timeout_table)"}},
    {"total_watched_keys",              {"redis_total_watched_keys",                   METRIC_GAUGE, "",
     "Keys that clients hold under WATCH now (INFO total_watched_keys)"}},
    {"total_blocking_keys",             {"redis_total_blocking_keys",                  METRIC_GAUGE, "",
     "Keys that blocked clients wait for now (INFO total_blocking_keys)"}},
    {"total_blocking_keys_on_nokey",    {"redis_total_blocking_keys_on_nokey",         METRIC_GAUGE, "",
     "Keys whose deletion blocked clients wait for too (INFO total_blocking_keys_on_nokey)"}},
    {"paused_timeout_milliseconds",     {"redis_paused_timeout_seconds",               METRIC_GAUGE, "",
     "Time clients stay paused, 0 if they are not; huge means no limit (INFO paused_timeout_milliseconds)"},
     UNIT_MSEC},

    /* Memory */
    {"used_memory",                       {"redis_memory_used_bytes",                    METRIC_GAUGE, "",
     "Memory allocated; at redis_memory_max_bytes keys are evicted or writes fail (INFO used_memory)"}},
    {"used_memory_rss",                   {"redis_memory_used_rss_bytes",                METRIC_GAUGE, "",
     "Physical memory the process holds, as the system sees it (INFO used_memory_rss)"}},
    {"used_memory_peak",                  {"redis_memory_used_peak_bytes",               METRIC_GAUGE, "",
     "Most memory allocated at any time since the start (INFO used_memory_peak)"}},
    {"used_memory_peak_perc",             {"redis_memory_used_peak_ratio",               METRIC_GAUGE, "",
     "Memory allocated now as a share of its peak (INFO used_memory_peak_perc)"}, UNIT_PERCENT},
    {"used_memory_overhead",              {"redis_memory_used_overhead_bytes",           METRIC_GAUGE, "",
     "Memory that is not data: buffers, tables, backlog (INFO used_memory_overhead)"}},
    {"used_memory_startup",               {"redis_memory_used_startup_bytes",            METRIC_GAUGE, "",
     "Memory the server needed when it had just started (INFO used_memory_startup)"}},
    {"used_memory_dataset",               {"redis_memory_used_dataset_bytes",            METRIC_GAUGE, "",
     "Memory of the data itself; absurdly large means Redis went below zero (INFO used_memory_dataset)"}},
    {"used_memory_dataset_perc",          {"redis_memory_used_dataset_ratio",            METRIC_GAUGE, "",
     "Data as a share of the memory allocated since the start (INFO used_memory_dataset_perc)"},
     UNIT_PERCENT},
    {"allocator_allocated",               {"redis_allocator_allocated_bytes",            METRIC_GAUGE, "",
     "Bytes the allocator has handed out (INFO allocator_allocated)"}},
    {"allocator_active",                  {"redis_allocator_active_bytes",               METRIC_GAUGE, "",
     "Bytes in the allocator's pages in use, holes included (INFO allocator_active)"}},
    {"allocator_resident",                {"redis_allocator_resident_bytes",             METRIC_GAUGE, "",
     "Bytes of physical memory the allocator holds (INFO allocator_resident)"}},
    {"allocator_muzzy",                   {"redis_allocator_muzzy_bytes",                METRIC_GAUGE, "",
     "Bytes the allocator gave back but the system has not taken yet (INFO allocator_muzzy)"}},
    {"total_system_memory",               {"redis_total_system_memory_bytes",            METRIC_GAUGE, "",
     "Memory of the machine the server runs on (INFO total_system_memory)"}},
    {"used_memory_lua",                   {"redis_memory_used_lua_bytes",                METRIC_GAUGE, "",
     "Memory of the Lua engine for EVAL scripts (INFO used_memory_lua)"}},
    {"used_memory_vm_eval",               {"redis_memory_used_vm_eval_bytes",            METRIC_GAUGE, "",
     "Memory of the script engine for EVAL (INFO used_memory_vm_eval)"}},
    {"used_memory_scripts_eval",          {"redis_memory_used_scripts_eval_bytes",       METRIC_GAUGE, "",
     "Memory around cached EVAL scripts, outside the engine (INFO used_memory_scripts_eval)"}},
    {"number_of_cached_scripts",          {"redis_number_of_cached_scripts",             METRIC_GAUGE, "",
     "EVAL scripts cached; endless growth means generated scripts (INFO number_of_cached_scripts)"}},
    {"number_of_functions",               {"redis_number_of_functions",                  METRIC_GAUGE, "",
     "Functions loaded with FUNCTION LOAD (INFO number_of_functions)"}},
    {"number_of_libraries",               {"redis_number_of_libraries",                  METRIC_GAUGE, "",
     "Function libraries loaded with FUNCTION LOAD (INFO number_of_libraries)"}},
    {"used_memory_vm_functions",          {"redis_memory_used_vm_functions_bytes",       METRIC_GAUGE, "",
     "Memory of the script engine for functions (INFO used_memory_vm_functions)"}},
    {"used_memory_vm_total",              {"redis_memory_used_vm_total",                 METRIC_GAUGE, "",
     "Memory of the script engines for EVAL and functions, in bytes (INFO used_memory_vm_total)",
     FAMILY_INHERITED}},
    {"used_memory_functions",             {"redis_memory_used_functions_bytes",          METRIC_GAUGE, "",
     "Memory around loaded functions, outside the engine (INFO used_memory_functions)"}},
    {"used_memory_scripts",               {"redis_memory_used_scripts_bytes",            METRIC_GAUGE, "",
     "Memory around cached scripts and functions, outside the engines (INFO used_memory_scripts)"}},
    {"maxmemory",                         {"redis_memory_max_bytes",                     METRIC_GAUGE, "",
     "Limit of the memory for data, 0 without one (INFO maxmemory)"}},
    {"allocator_frag_ratio",              {"redis_allocator_frag_ratio",                 METRIC_GAUGE, "",
     "Active over allocated bytes; well above 1 is what defrag can cure (INFO allocator_frag_ratio)"}},
    {"allocator_frag_bytes",              {"redis_allocator_frag_bytes",                 METRIC_GAUGE, "",
     "Bytes lost to holes inside the allocator's pages (INFO allocator_frag_bytes)"}},
    {"allocator_rss_ratio",               {"redis_allocator_rss_ratio",                  METRIC_GAUGE, "",
     "Resident over active bytes; well above 1 is memory soon given back (INFO allocator_rss_ratio)"}},
    {"allocator_rss_bytes",               {"redis_allocator_rss_bytes",                  METRIC_GAUGE, "",
     "Bytes the allocator holds beyond its active pages (INFO allocator_rss_bytes)"}},
    {"rss_overhead_ratio",                {"redis_rss_overhead_ratio",                   METRIC_GAUGE, "",
     "Process memory over allocator memory; the rest is stacks and code (INFO rss_overhead_ratio)"}},
    {"rss_overhead_bytes",                {"redis_rss_overhead_bytes",                   METRIC_GAUGE, "",
     "Memory of the process beyond the allocator's; can be negative (INFO rss_overhead_bytes)"}},
    {"mem_fragmentation_ratio",           {"redis_mem_fragmentation_ratio",              METRIC_GAUGE, "",
     "Resident over used memory; far above 1 is waste, below 1 swapping (INFO mem_fragmentation_ratio)"}},
    {"mem_fragmentation_bytes",           {"redis_mem_fragmentation_bytes",              METRIC_GAUGE, "",
     "Resident minus used memory; negative means swapping (INFO mem_fragmentation_bytes)"}},
    {"mem_not_counted_for_evict",         {"redis_mem_not_counted_for_eviction_bytes",   METRIC_GAUGE, "",
     "Replica and AOF buffers that never cause an eviction (INFO mem_not_counted_for_evict)"}},
    {"mem_replication_backlog",           {"redis_mem_replication_backlog_bytes",        METRIC_GAUGE, "",
     "Memory the replication backlog takes now (INFO mem_replication_backlog)"}},
    {"mem_total_replication_buffers",     {"redis_mem_total_replication_buffers_bytes",  METRIC_GAUGE, "",
     "Memory of backlog and replica buffers, which share blocks (INFO mem_total_replication_buffers)"}},
    {"mem_replica_full_sync_buffer",      {"redis_mem_replica_full_sync_buffer_bytes",   METRIC_GAUGE, "",
     "Memory a replica fills with writes during its full sync (INFO mem_replica_full_sync_buffer)"}},
    {"mem_clients_slaves",                {"redis_mem_clients_slaves",                   METRIC_GAUGE, "",
     "Memory of the connections of replicas, in bytes; growth means one lags (INFO mem_clients_slaves)"}},
    {"mem_clients_normal",                {"redis_mem_clients_normal",                   METRIC_GAUGE, "",
     "Memory of the connections of clients, in bytes (INFO mem_clients_normal)"}},
    {"mem_cluster_links",                 {"redis_mem_cluster_links_bytes",              METRIC_GAUGE, "",
     "Memory of the links to other cluster nodes (INFO mem_cluster_links)"}},
    {"mem_aof_buffer",                    {"redis_mem_aof_buffer_bytes",                 METRIC_GAUGE, "",
     "Memory of writes on their way to the append-only file (INFO mem_aof_buffer)"}},
    {"mem_overhead_db_hashtable_rehashing",
     {"redis_mem_overhead_db_hashtable_rehashing_bytes", METRIC_GAUGE, "",
     "Memory of old key tables while they grow or shrink (INFO mem_overhead_db_hashtable_rehashing)"}},
    {"active_defrag_running",             {"redis_active_defrag_running",                METRIC_GAUGE, "",
     "CPU percentage active defragmentation aims at, 0 while it rests (INFO active_defrag_running)"}},
    {"lazyfree_pending_objects",          {"redis_lazyfree_pending_objects",             METRIC_GAUGE, "",
     "Objects that wait to be freed in the background (INFO lazyfree_pending_objects)"}},
    {"lazyfreed_objects",                 {"redis_lazyfreed_objects",                    METRIC_GAUGE, "",
     "Objects freed in the background since the start (INFO lazyfreed_objects)"}},

    /* Persistence */
    {"loading",                           {"redis_loading_dump_file",                 METRIC_GAUGE,   "",
     "1 while the data set is loaded and most commands are refused (INFO loading)"}},
    {"async_loading",                     {"redis_async_loading",                     METRIC_GAUGE,   "",
     "1 while a replica loads a new data set and still serves the old one (INFO async_loading)"}},
    {"current_cow_peak",                  {"redis_current_cow_peak_bytes",            METRIC_GAUGE,   "",
     "Most memory copied on write by the running child so far (INFO current_cow_peak)"}},
    {"current_cow_size",                  {"redis_current_cow_size_bytes",            METRIC_GAUGE,   "",
     "Memory copied on write by the running child; it comes on top of used memory (INFO current_cow_size)"}},
    {"current_cow_size_age",              {"redis_current_cow_size_age_seconds",      METRIC_GAUGE,   "",
     "Age of redis_current_cow_size_bytes (INFO current_cow_size_age)"}},
    {"current_fork_perc",                 {"redis_current_fork_ratio",                METRIC_GAUGE,   "",
     "Progress of the running save or rewrite, 0 to 1 (INFO current_fork_perc)"}, UNIT_PERCENT},
    {"current_save_keys_processed",       {"redis_current_save_keys_processed",       METRIC_GAUGE,   "",
     "Keys the running save or rewrite has written (INFO current_save_keys_processed)"}},
    {"current_save_keys_total",           {"redis_current_save_keys",                 METRIC_GAUGE,   "",
     "Keys the running save or rewrite has to write (INFO current_save_keys_total)"}},
    {"rdb_changes_since_last_save",       {"redis_rdb_changes_since_last_save",       METRIC_GAUGE,   "",
     "Changes no RDB file holds yet; a crash without AOF loses them (INFO rdb_changes_since_last_save)"}},
    {"rdb_bgsave_in_progress",            {"redis_rdb_bgsave_in_progress",            METRIC_GAUGE,   "",
     "1 while a background save runs (INFO rdb_bgsave_in_progress)"}},
    {"rdb_last_save_time",                {"redis_rdb_last_save_timestamp_seconds",   METRIC_GAUGE,   "",
     "Unix time of the last completed RDB file, or else of the start (INFO rdb_last_save_time)"}},
    {"rdb_last_bgsave_status",            {"redis_rdb_last_bgsave_status",            METRIC_GAUGE,   "",
     "1 if the last background save succeeded; at 0 writes may be refused (INFO rdb_last_bgsave_status)"},
     UNIT_OK},
    {"rdb_last_bgsave_time_sec",          {"redis_rdb_last_bgsave_duration_sec",      METRIC_GAUGE,   "",
     "Seconds the last background save took; -1 before the first (INFO rdb_last_bgsave_time_sec)",
     FAMILY_INHERITED}},
    {"rdb_current_bgsave_time_sec",       {"redis_rdb_current_bgsave_duration_sec",   METRIC_GAUGE,   "",
     "Seconds the running background save has taken; -1 when none runs (INFO rdb_current_bgsave_time_sec)",
     FAMILY_INHERITED}},
    {"rdb_saves",                         {"redis_rdb_saves_total",                   METRIC_GAUGE,   "",
     "RDB files written since the start (INFO rdb_saves)", FAMILY_INHERITED}},
    {"rdb_last_cow_size",                 {"redis_rdb_last_cow_size_bytes",           METRIC_GAUGE,   "",
     "Memory copied on write during the last background save (INFO rdb_last_cow_size)"}},
    {"rdb_last_load_keys_expired",        {"redis_rdb_last_load_expired_keys",        METRIC_GAUGE,   "",
     "Keys the last load left out because they had expired (INFO rdb_last_load_keys_expired)"}},
    {"rdb_last_load_keys_loaded",         {"redis_rdb_last_load_loaded_keys",         METRIC_GAUGE,   "",
     "Keys the last load brought in (INFO rdb_last_load_keys_loaded)"}},
    {"aof_enabled",                       {"redis_aof_enabled",                       METRIC_GAUGE,   "",
     "1 if writes go to the append-only file (INFO aof_enabled)"}},
    {"aof_rewrite_in_progress",           {"redis_aof_rewrite_in_progress",           METRIC_GAUGE,   "",
     "1 while the append-only file is rewritten (INFO aof_rewrite_in_progress)"}},
    {"aof_rewrite_scheduled",             {"redis_aof_rewrite_scheduled",             METRIC_GAUGE,   "",
     "1 if a rewrite starts when the running save ends (INFO aof_rewrite_scheduled)"}},
    {"aof_last_rewrite_time_sec",         {"redis_aof_last_rewrite_duration_sec",     METRIC_GAUGE,   "",
     "Seconds the last rewrite took; -1 before the first (INFO aof_last_rewrite_time_sec)",
     FAMILY_INHERITED}},
    {"aof_current_rewrite_time_sec",      {"redis_aof_current_rewrite_duration_sec",  METRIC_GAUGE,   "",
     "Seconds the running rewrite has taken; -1 when none runs (INFO aof_current_rewrite_time_sec)",
     FAMILY_INHERITED}},
    {"aof_last_bgrewrite_status",         {"redis_aof_last_bgrewrite_status",         METRIC_GAUGE,   "",
     "1 if the last rewrite of the append-only file succeeded (INFO aof_last_bgrewrite_status)"}, UNIT_OK},
    {"aof_rewrites",                      {"redis_aof_rewrites_total",                METRIC_COUNTER, "",
     "Rewrites of the append-only file since the start (INFO aof_rewrites)"}},
    {"aof_rewrites_consecutive_failures", {"redis_aof_rewrites_consecutive_failures", METRIC_GAUGE,   "",
     "Rewrites that failed in a row while the file kept growing (INFO aof_rewrites_consecutive_failures)"}},
    {"aof_last_write_status",             {"redis_aof_last_write_status",             METRIC_GAUGE,   "",
     "1 if the last write to the AOF succeeded; at 0 writes are refused (INFO aof_last_write_status)"},
     UNIT_OK},
    {"aof_last_cow_size",                 {"redis_aof_last_cow_size_bytes",           METRIC_GAUGE,   "",
     "Memory copied on write during the last rewrite (INFO aof_last_cow_size)"}},
    {"module_fork_in_progress",           {"redis_module_fork_in_progress",           METRIC_GAUGE,   "",
     "1 while a module has a child process (INFO module_fork_in_progress)"}},
    {"module_fork_last_cow_size",         {"redis_module_fork_last_cow_size",         METRIC_GAUGE,   "",
     "Bytes copied on write during a module's last child process (INFO module_fork_last_cow_size)"}},
    {"aof_current_size",                  {"redis_aof_current_size_bytes",            METRIC_GAUGE,   "",
     "Size of the append-only file now (INFO aof_current_size)"}},
    {"aof_base_size",                     {"redis_aof_base_size_bytes",               METRIC_GAUGE,   "",
     "Size of the append-only file after the last rewrite or the start (INFO aof_base_size)"}},
    {"aof_pending_rewrite",               {"redis_aof_pending_rewrite",               METRIC_GAUGE,   "",
     "1 if a rewrite starts when the running save ends (INFO aof_pending_rewrite)"}},
    {"aof_buffer_length",                 {"redis_aof_buffer_length",                 METRIC_GAUGE,   "",
     "Bytes waiting to be written to the append-only file (INFO aof_buffer_length)"}},
    {"aof_rewrite_buffer_length",         {"redis_aof_rewrite_buffer_length",         METRIC_GAUGE,   "",
     "Bytes a running rewrite still has to add, before 7.0 (INFO aof_rewrite_buffer_length)"}},
    {"aof_pending_bio_fsync",             {"redis_aof_pending_bio_fsync",             METRIC_GAUGE,   "",
     "AOF flushes waiting; staying above 0 means a slow disk (INFO aof_pending_bio_fsync)"}},
    {"aof_delayed_fsync",                 {"redis_aof_delayed_fsync",                 METRIC_GAUGE,   "",
     "Writes a flush held up since the start; growth means a slow disk (INFO aof_delayed_fsync)"}},
    {"loading_start_time",                {"redis_loading_start_time_seconds",        METRIC_GAUGE,   "",
     "When the running load began, Unix time; absent otherwise (INFO loading_start_time)"}},
    {"loading_total_bytes",               {"redis_loading_size_bytes",                METRIC_GAUGE,   "",
     "Size of the file being loaded, 0 if not known; absent otherwise (INFO loading_total_bytes)"}},
    {"loading_rdb_used_mem",              {"redis_loading_rdb_used_memory_bytes",     METRIC_GAUGE,   "",
     "Memory its writer had in use when it wrote the file being loaded (INFO loading_rdb_used_mem)"}},
    {"loading_loaded_bytes",              {"redis_loading_loaded_bytes",              METRIC_GAUGE,   "",
     "Bytes of the file loaded so far; absent when nothing loads (INFO loading_loaded_bytes)"}},
    {"loading_loaded_perc",               {"redis_loading_loaded_ratio",              METRIC_GAUGE,   "",
     "Progress of the running load, 0 to 1; absent otherwise (INFO loading_loaded_perc)"}, UNIT_PERCENT},
    {"loading_eta_seconds",               {"redis_loading_eta_seconds",               METRIC_GAUGE,   "",
     "Time the running load still needs, a guess; absent otherwise (INFO loading_eta_seconds)"}},

    /* Stats */
    {"total_connections_received",        {"redis_connections_received_total",           METRIC_COUNTER, "",
     "Connections accepted; a high rate means clients do not reuse them (INFO total_connections_received)"}},
    {"total_commands_processed",          {"redis_commands_processed_total",             METRIC_COUNTER, "",
     "Commands executed (INFO total_commands_processed)"}},
    {"instantaneous_ops_per_sec",         {"redis_instantaneous_operations_per_second",  METRIC_GAUGE,   "",
     "Commands per second over the last moments (INFO instantaneous_ops_per_sec)"}},
    {"total_net_input_bytes",             {"redis_net_input_bytes_total",                METRIC_COUNTER, "",
     "Bytes read from the network (INFO total_net_input_bytes)"}},
    {"total_net_output_bytes",            {"redis_net_output_bytes_total",               METRIC_COUNTER, "",
     "Bytes written to the network (INFO total_net_output_bytes)"}},
    {"total_net_repl_input_bytes",        {"redis_net_repl_input_bytes_total",           METRIC_COUNTER, "",
     "Bytes read from the network for replication (INFO total_net_repl_input_bytes)"}},
    {"total_net_repl_output_bytes",       {"redis_net_repl_output_bytes_total",          METRIC_COUNTER, "",
     "Bytes written to the network for replication (INFO total_net_repl_output_bytes)"}},
    {"instantaneous_input_kbps",          {"redis_instantaneous_input_bytes_per_second", METRIC_GAUGE,   "",
     "Bytes read per second over the last moments (INFO instantaneous_input_kbps)"}, UNIT_KIB_PER_SEC},
    {"instantaneous_output_kbps",         {"redis_instantaneous_output_bytes_per_second", METRIC_GAUGE,   "",
     "Bytes written per second over the last moments (INFO instantaneous_output_kbps)"}, UNIT_KIB_PER_SEC},
    {"instantaneous_input_repl_kbps",
     {"redis_instantaneous_input_replication_bytes_per_second", METRIC_GAUGE, "",
     "Bytes read per second for replication (INFO instantaneous_input_repl_kbps)"}, UNIT_KIB_PER_SEC},
    {"instantaneous_output_repl_kbps",
     {"redis_instantaneous_output_replication_bytes_per_second", METRIC_GAUGE, "",
     "Bytes written per second for replication (INFO instantaneous_output_repl_kbps)"}, UNIT_KIB_PER_SEC},
    {"rejected_connections",              {"redis_rejected_connections_total",           METRIC_COUNTER, "",
     "Connections refused because redis_max_clients was reached (INFO rejected_connections)"}},
    {"sync_full",                         {"redis_replica_resyncs_full",                 METRIC_GAUGE,   "",
     "Full copies sent to replicas since the start; growth costs a fork each (INFO sync_full)"}},
    {"sync_partial_ok",                   {"redis_replica_partial_resync_accepted",      METRIC_GAUGE,   "",
     "Reconnects the backlog could serve since the start (INFO sync_partial_ok)"}},
    {"sync_partial_err",                  {"redis_replica_partial_resync_denied",        METRIC_GAUGE,   "",
     "Reconnects the backlog could not serve since the start: full copies (INFO sync_partial_err)"}},
    {"expired_subkeys",                   {"redis_expired_subkeys_total",                METRIC_COUNTER, "",
     "Hash fields removed because their time to live was over (INFO expired_subkeys)"}},
    {"expired_keys",                      {"redis_expired_keys_total",                   METRIC_COUNTER, "",
     "Keys removed because their time to live was over (INFO expired_keys)"}},
    {"expired_stale_perc",                {"redis_expired_stale_percentage",             METRIC_GAUGE,   "",
     "Percentage of keys with a time to live that outlived it, an estimate (INFO expired_stale_perc)"}},
    {"expired_time_cap_reached_count",    {"redis_expired_time_cap_reached_total",       METRIC_COUNTER, "",
     "Expiry rounds cut short for time; growth means expiry lags (INFO expired_time_cap_reached_count)"}},
    {"expire_cycle_cpu_milliseconds",     {"redis_expire_cycle_cpu_time_ms_total",       METRIC_COUNTER, "",
     "Milliseconds spent on removing expired keys (INFO expire_cycle_cpu_milliseconds)", FAMILY_INHERITED}},
    {"evicted_keys",                      {"redis_evicted_keys_total",                   METRIC_COUNTER, "",
     "Keys removed to stay below redis_memory_max_bytes; on a store this is data loss (INFO evicted_keys)"}},
    {"evicted_clients",                   {"redis_evicted_clients_total",                METRIC_COUNTER, "",
     "Clients disconnected to stay below maxmemory-clients (INFO evicted_clients)"}},
    {"evicted_scripts",                   {"redis_evicted_scripts_total",                METRIC_COUNTER, "",
     "Cached EVAL scripts removed to keep the cache small (INFO evicted_scripts)"}},
    {"total_eviction_exceeded_time",      {"redis_eviction_exceeded_time_ms_total",      METRIC_COUNTER, "",
     "Milliseconds spent above the memory limit (INFO total_eviction_exceeded_time)", FAMILY_INHERITED}},
    {"current_eviction_exceeded_time",    {"redis_current_eviction_exceeded_time_ms",    METRIC_GAUGE,   "",
     "Milliseconds above the memory limit so far, 0 when below it (INFO current_eviction_exceeded_time)",
     FAMILY_INHERITED}},
    {"keyspace_hits",                     {"redis_keyspace_hits_total",                  METRIC_COUNTER, "",
     "Lookups that found their key (INFO keyspace_hits)"}},
    {"keyspace_misses",                   {"redis_keyspace_misses_total",                METRIC_COUNTER, "",
     "Lookups that found no key (INFO keyspace_misses)"}},
    {"pubsub_channels",                   {"redis_pubsub_channels",                      METRIC_GAUGE,   "",
     "Channels with at least one subscriber (INFO pubsub_channels)"}},
    {"pubsub_patterns",                   {"redis_pubsub_patterns",                      METRIC_GAUGE,   "",
     "Patterns with at least one subscriber (INFO pubsub_patterns)"}},
    {"pubsubshard_channels",              {"redis_pubsubshard_channels",                 METRIC_GAUGE,   "",
     "Shard channels with at least one subscriber (INFO pubsubshard_channels)"}},
    {"latest_fork_usec",                  {"redis_latest_fork_seconds",                  METRIC_GAUGE,   "",
     "How long the last fork stopped the server; it grows with memory (INFO latest_fork_usec)"}, UNIT_USEC},
    {"total_forks",                       {"redis_forks_total",                          METRIC_COUNTER, "",
     "Forks for saves, rewrites, full copies and modules (INFO total_forks)"}},
    {"migrate_cached_sockets",            {"redis_migrate_cached_sockets_total",         METRIC_GAUGE,   "",
     "Connections MIGRATE keeps open to other servers (INFO migrate_cached_sockets)", FAMILY_INHERITED}},
    {"slave_expires_tracked_keys",        {"redis_slave_expires_tracked_keys",           METRIC_GAUGE,   "",
     "Keys a writable replica has to expire by itself (INFO slave_expires_tracked_keys)"}},
    {"active_defrag_hits",                {"redis_defrag_hits",                          METRIC_GAUGE,   "",
     "Values moved by active defragmentation since the start (INFO active_defrag_hits)"}},
    {"active_defrag_misses",              {"redis_defrag_misses",                        METRIC_GAUGE,   "",
     "Values active defragmentation looked at and left since the start (INFO active_defrag_misses)"}},
    {"active_defrag_key_hits",            {"redis_defrag_key_hits",                      METRIC_GAUGE,   "",
     "Keys active defragmentation moved something of since the start (INFO active_defrag_key_hits)"}},
    {"active_defrag_key_misses",          {"redis_defrag_key_misses",                    METRIC_GAUGE,   "",
     "Keys active defragmentation left as they were since the start (INFO active_defrag_key_misses)"}},
    {"total_active_defrag_time",          {"redis_active_defrag_seconds_total",          METRIC_COUNTER, "",
     "Time that active defragmentation was at work (INFO total_active_defrag_time)"}, UNIT_MSEC},
    {"current_active_defrag_time",        {"redis_current_active_defrag_seconds",        METRIC_GAUGE,   "",
     "Time active defragmentation has been at work now, 0 while it rests (INFO current_active_defrag_time)"},
     UNIT_MSEC},
    {"tracking_total_keys",               {"redis_tracking_total_keys",                  METRIC_GAUGE,   "",
     "Keys remembered for client-side caching (INFO tracking_total_keys)"}},
    {"tracking_total_items",              {"redis_tracking_total_items",                 METRIC_GAUGE,   "",
     "Clients remembered for all those keys, in sum (INFO tracking_total_items)"}},
    {"tracking_total_prefixes",           {"redis_tracking_total_prefixes",              METRIC_GAUGE,   "",
     "Prefixes clients asked to be told about (INFO tracking_total_prefixes)"}},
    {"unexpected_error_replies",          {"redis_unexpected_error_replies",             METRIC_COUNTER, "",
     "Errors loading AOF or applying the primary's writes; data may differ (INFO unexpected_error_replies)",
     FAMILY_INHERITED}},
    {"total_error_replies",               {"redis_total_error_replies",                  METRIC_COUNTER, "",
     "Errors answered, of commands failed and rejected (INFO total_error_replies)", FAMILY_INHERITED}},
    {"dump_payload_sanitizations",        {"redis_dump_payload_sanitizations",           METRIC_COUNTER, "",
     "Values checked in depth when they were loaded or restored (INFO dump_payload_sanitizations)",
     FAMILY_INHERITED}},
    {"total_reads_processed",             {"redis_total_reads_processed",                METRIC_COUNTER, "",
     "Reads of client and replication sockets (INFO total_reads_processed)", FAMILY_INHERITED}},
    {"total_writes_processed",            {"redis_total_writes_processed",               METRIC_COUNTER, "",
     "Writes to client and replication sockets (INFO total_writes_processed)", FAMILY_INHERITED}},
    {"io_threaded_reads_processed",       {"redis_io_threaded_reads_processed",          METRIC_COUNTER, "",
     "Reads of sockets done by I/O threads (INFO io_threaded_reads_processed)", FAMILY_INHERITED}},
    {"io_threaded_writes_processed",      {"redis_io_threaded_writes_processed",         METRIC_COUNTER, "",
     "Writes to sockets done by I/O threads (INFO io_threaded_writes_processed)", FAMILY_INHERITED}},
    {"io_threaded_freed_objects",         {"redis_io_threaded_freed_objects_total",      METRIC_COUNTER, "",
     "Objects freed by I/O threads, Valkey only (INFO io_threaded_freed_objects)"}},
    {"io_threaded_accept_processed",      {"redis_io_threaded_accepts_processed_total",  METRIC_COUNTER, "",
     "Connections accepted by I/O threads, Valkey only (INFO io_threaded_accept_processed)"}},
    {"io_threaded_poll_processed",        {"redis_io_threaded_polls_processed_total",    METRIC_COUNTER, "",
     "Polls for events done by I/O threads, Valkey only (INFO io_threaded_poll_processed)"}},
    {"io_threaded_total_prefetch_batches", {"redis_io_threaded_prefetch_batches_total",  METRIC_COUNTER, "",
     "Batches of keys fetched ahead, Valkey only (INFO io_threaded_total_prefetch_batches)"}},
    {"io_threaded_total_prefetch_entries", {"redis_io_threaded_prefetch_entries_total",  METRIC_COUNTER, "",
     "Keys fetched ahead in batches, Valkey only (INFO io_threaded_total_prefetch_entries)"}},
    {"client_query_buffer_limit_disconnections",
     {"redis_client_query_buffer_limit_disconnections_total", METRIC_COUNTER, "",
     "Clients cut off for too long a query (INFO client_query_buffer_limit_disconnections)"}},
    {"client_output_buffer_limit_disconnections",
     {"redis_client_output_buffer_limit_disconnections_total", METRIC_COUNTER, "",
     "Clients cut off for unread replies (INFO client_output_buffer_limit_disconnections)"}},
    {"reply_buffer_shrinks",              {"redis_reply_buffer_shrinks_total",           METRIC_COUNTER, "",
     "Times a client's reply buffer was made smaller (INFO reply_buffer_shrinks)"}},
    {"reply_buffer_expands",              {"redis_reply_buffer_expands_total",           METRIC_COUNTER, "",
     "Times a client's reply buffer was made larger (INFO reply_buffer_expands)"}},
    {"eventloop_cycles",                  {"redis_eventloop_cycles_total",               METRIC_COUNTER, "",
     "Rounds of the event loop (INFO eventloop_cycles)"}},
    {"eventloop_duration_sum",            {"redis_eventloop_duration_sum_usec_total",    METRIC_COUNTER, "",
     "Microseconds the event loop was busy (INFO eventloop_duration_sum)"}},
    {"eventloop_duration_cmd_sum",        {"redis_eventloop_duration_cmd_sum_usec_total", METRIC_COUNTER, "",
     "Microseconds the event loop executed commands (INFO eventloop_duration_cmd_sum)"}},
    {"instantaneous_eventloop_cycles_per_sec",
     {"redis_instantaneous_eventloop_cycles_per_sec", METRIC_GAUGE, "",
     "Rounds of the event loop per second (INFO instantaneous_eventloop_cycles_per_sec)", FAMILY_INHERITED}},
    {"instantaneous_eventloop_duration_usec",
     {"redis_instantaneous_eventloop_duration_usec", METRIC_GAUGE, "",
     "Microseconds a round of the event loop takes (INFO instantaneous_eventloop_duration_usec)"}},
    {"acl_access_denied_auth",            {"redis_acl_access_denied_auth_total",         METRIC_COUNTER, "",
     "Logins refused; a rise means a wrong password or an attack (INFO acl_access_denied_auth)"}},
    {"acl_access_denied_cmd",             {"redis_acl_access_denied_cmd_total",          METRIC_COUNTER, "",
     "Calls refused because the user may not run the command (INFO acl_access_denied_cmd)"}},
    {"acl_access_denied_key",             {"redis_acl_access_denied_key_total",          METRIC_COUNTER, "",
     "Calls refused because the user may not touch the key (INFO acl_access_denied_key)"}},
    {"acl_access_denied_channel",         {"redis_acl_access_denied_channel_total",      METRIC_COUNTER, "",
     "Calls refused because the user may not use the channel (INFO acl_access_denied_channel)"}},
    {"cluster_incompatible_ops",          {"redis_cluster_incompatible_ops",             METRIC_GAUGE,   "",
     "Sampled calls that cluster mode would refuse, since the start (INFO cluster_incompatible_ops)"}},

    /* Replication */
    {"master_link_status",              {"redis_master_link_up",                      METRIC_GAUGE, PRIMARY,
     "1 while a replica's link to its primary is up; at 0 its data gets old (INFO master_link_status)"},
     UNIT_UP, LABELS_PRIMARY},
    {"master_last_io_seconds_ago",      {"redis_master_last_io_seconds_ago",          METRIC_GAUGE, PRIMARY,
     "Time since the primary sent anything; -1 while the link is down (INFO master_last_io_seconds_ago)"},
     UNIT_NONE, LABELS_PRIMARY},
    {"master_sync_in_progress",         {"redis_master_sync_in_progress",             METRIC_GAUGE, PRIMARY,
     "1 while the replica receives a full copy of the data (INFO master_sync_in_progress)"},
     UNIT_NONE, LABELS_PRIMARY},
    {"slave_read_repl_offset",          {"redis_slave_read_repl_offset",              METRIC_GAUGE, PRIMARY,
     "Offset the replica has received, not yet all applied (INFO slave_read_repl_offset)"},
     UNIT_NONE, LABELS_PRIMARY},
    {"slave_repl_offset",               {"redis_slave_repl_offset",                   METRIC_GAUGE, PRIMARY,
     "Offset the replica has applied; compare redis_master_repl_offset (INFO slave_repl_offset)"},
     UNIT_NONE, LABELS_PRIMARY},
    {"replica_full_sync_buffer_size",   {"redis_replica_full_sync_buffer_bytes",      METRIC_GAUGE, "",
     "Bytes of writes held back until the full copy is in, Redis 8 (INFO replica_full_sync_buffer_size)"}},
    {"replica_full_sync_buffer_peak",   {"redis_replica_full_sync_buffer_peak_bytes", METRIC_GAUGE, "",
     "Most bytes of writes held back in a full sync, Redis 8 (INFO replica_full_sync_buffer_peak)"}},
    {"replicas_repl_buffer_size",       {"redis_replicas_repl_buffer_bytes",          METRIC_GAUGE, "",
     "Bytes of writes held back until the full copy is in, Valkey (INFO replicas_repl_buffer_size)"}},
    {"replicas_repl_buffer_peak",       {"redis_replicas_repl_buffer_peak_bytes",     METRIC_GAUGE, "",
     "Most bytes of writes held back in a full sync, Valkey (INFO replicas_repl_buffer_peak)"}},
    {"master_sync_total_bytes",         {"redis_master_sync_size_bytes",              METRIC_GAUGE, PRIMARY,
     "Size of the full copy being received; 0 or absent if not known (INFO master_sync_total_bytes)"},
     UNIT_OR_NONE, LABELS_PRIMARY},
    {"master_sync_read_bytes",          {"redis_master_sync_read_bytes",              METRIC_GAUGE, PRIMARY,
     "Bytes of the full copy received so far (INFO master_sync_read_bytes)"},
     UNIT_NONE, LABELS_PRIMARY},
    {"master_sync_left_bytes",          {"redis_master_sync_left_bytes",              METRIC_GAUGE, PRIMARY,
     "Bytes of the full copy still to come; absent if not known (INFO master_sync_left_bytes)"},
     UNIT_OR_NONE, LABELS_PRIMARY},
    {"master_sync_perc",                {"redis_master_sync_ratio",                   METRIC_GAUGE, PRIMARY,
     "Progress of the full copy, 0 to 1; stays 0 if its size is not known (INFO master_sync_perc)"},
     UNIT_PERCENT, LABELS_PRIMARY},
    {"master_sync_last_io_seconds_ago", {"redis_master_sync_last_io_seconds_ago",     METRIC_GAUGE, PRIMARY,
     "Time since the full copy got further; growth means it hangs (INFO master_sync_last_io_seconds_ago)"},
     UNIT_NONE, LABELS_PRIMARY},
    {"master_link_down_since_seconds",  {"redis_master_link_down_seconds",            METRIC_GAUGE, PRIMARY,
     "How long the link is down; absent while it is up or was never up (INFO master_link_down_since_seconds)"},
     UNIT_SINCE, LABELS_PRIMARY},
    {"slave_priority",                  {"redis_slave_priority",                      METRIC_GAUGE, "",
     "Rank of a replica in a failover, lower first; 0 means never promoted (INFO slave_priority)"}},
    {"replica_announced",               {"redis_replica_announced",                   METRIC_GAUGE, "",
     "1 if Sentinel tells clients about this replica (INFO replica_announced)"}},
    {"connected_slaves",                {"redis_connected_slaves",                    METRIC_GAUGE, "",
     "Replicas connected to this server (INFO connected_slaves)"}},
    {"min_slaves_good_slaves",          {"redis_min_slaves_good_slaves",              METRIC_GAUGE, "",
     "Replicas near enough for min-replicas-to-write; below that writes fail (INFO min_slaves_good_slaves)"}},
    {"replicas_waiting_psync",          {"redis_replicas_waiting_psync",              METRIC_GAUGE, "",
     "Replicas in a full sync yet to ask for the stream, Valkey only (INFO replicas_waiting_psync)"}},
    {"master_repl_offset",              {"redis_master_repl_offset",                  METRIC_GAUGE, "",
     "End of this server's replication stream; a replica there has it all (INFO master_repl_offset)"}},
    {"second_repl_offset",              {"redis_second_repl_offset",                  METRIC_GAUGE, "",
     "Offset to which replicas of the previous primary may continue; -1 if there was none (INFO second_repl_offset)"}},
    {"repl_backlog_active",             {"redis_repl_backlog_is_active",              METRIC_GAUGE, "",
     "1 if there is a backlog; without one each reconnect is a full copy (INFO repl_backlog_active)"}},
    {"repl_backlog_size",               {"redis_replication_backlog_bytes",           METRIC_GAUGE, "",
     "Size of the backlog; a replica that missed more needs a full copy (INFO repl_backlog_size)"}},
    {"repl_backlog_first_byte_offset",  {"redis_repl_backlog_first_byte_offset",      METRIC_GAUGE, "",
     "Oldest offset in the backlog (INFO repl_backlog_first_byte_offset)"}},
    {"repl_backlog_histlen",            {"redis_repl_backlog_history_bytes",          METRIC_GAUGE, "",
     "Bytes in the backlog (INFO repl_backlog_histlen)"}},

    /* CPU */
    {"used_cpu_sys",                 {"redis_cpu_sys_seconds_total",                METRIC_COUNTER, "",
     "CPU time in the kernel, all threads (INFO used_cpu_sys)"}},
    {"used_cpu_user",                {"redis_cpu_user_seconds_total",               METRIC_COUNTER, "",
     "CPU time in the server's own code, all threads (INFO used_cpu_user)"}},
    {"used_cpu_sys_children",        {"redis_cpu_sys_children_seconds_total",       METRIC_COUNTER, "",
     "CPU time in the kernel of saves and rewrites that ended (INFO used_cpu_sys_children)"}},
    {"used_cpu_user_children",       {"redis_cpu_user_children_seconds_total",      METRIC_COUNTER, "",
     "CPU time in user code of saves and rewrites that ended (INFO used_cpu_user_children)"}},
    {"used_cpu_sys_main_thread",     {"redis_cpu_sys_main_thread_seconds_total",    METRIC_COUNTER, "",
     "CPU time in the kernel, main thread (INFO used_cpu_sys_main_thread)"}},
    {"used_cpu_user_main_thread",    {"redis_cpu_user_main_thread_seconds_total",   METRIC_COUNTER, "",
     "CPU time in user code, main thread; with sys 1 a second is full (INFO used_cpu_user_main_thread)"}},
    {"used_active_time_main_thread", {"redis_active_time_main_thread_seconds_total", METRIC_COUNTER, "",
     "Time the main thread was not idle, since Valkey 9.1 (INFO used_active_time_main_thread)"}},

    /* Cluster */
    {"cluster_enabled", {"redis_cluster_enabled", METRIC_GAUGE, "",
     "1 if the server is a cluster node (INFO cluster_enabled)"}},
};
/* clang-format on */

const unsigned catalog_count = sizeof catalog / sizeof catalog[0];

/* The table is the registry of this collector as well; only here its size is known. */
const struct collector collect_info = {
    .name = "info",
    .help = "Numeric fields of INFO, one family each.",
    .emit = collect_info_emit,
    .families = &catalog[0].family,
    .family_count = sizeof catalog / sizeof catalog[0],
    .family_stride = sizeof catalog[0],
};

#define INSTANCE "shown as a label of redis_instance_info"
#define REPLICA  "shown as a label of the replica's families"
#define HUMAN    "the same number as the field without _human, rounded for people"
#define BUILD    "says how the server was built or started, the same until the next start"
#define DEBUG    "comes with INFO debug only, which is not asked for"

/* clang-format off */
const struct catalog_ignored catalog_ignored[] = {
    /* Server */
    {"redis_version",               INSTANCE},
    {"valkey_version",              INSTANCE},
    {"valkey_release_stage",        INSTANCE},
    {"redis_build_id",              INSTANCE},
    {"redis_mode",                  INSTANCE},
    {"os",                          INSTANCE},
    {"run_id",                      INSTANCE},
    {"tcp_port",                    INSTANCE},
    {"server_name",                 "the word valkey; redis_instance_info has valkey_version"},
    {"server_mode",                 "what Valkey calls redis_mode; a word, not a number"},
    {"redis_git_sha1",              BUILD},
    {"redis_git_dirty",             BUILD},
    {"arch_bits",                   BUILD},
    {"monotonic_clock",             BUILD},
    {"multiplexing_api",            BUILD},
    {"atomicvar_api",               BUILD},
    {"gcc_version",                 BUILD},
    {"process_supervised",          BUILD},
    {"executable",                  BUILD},
    {"config_file",                 BUILD},
    {"availability_zone",           "a name from the configuration, not a number"},
    {"listener*",                   "addresses the server listens on, as text"},
    {"uptime_in_days",              "redis_uptime_in_seconds, rounded down to days"},
    {"lru_clock",                   "internal counter of the eviction, of no meaning by itself"},

    /* Clients */
    {"paused_reason",               "a word; redis_paused_timeout_seconds tells that there is a pause"},
    {"paused_actions",              "a word; redis_paused_timeout_seconds tells that there is a pause"},

    /* Memory */
    {"used_memory_human",           HUMAN},
    {"used_memory_rss_human",       HUMAN},
    {"used_memory_peak_human",      HUMAN},
    {"total_system_memory_human",   HUMAN},
    {"used_memory_lua_human",       HUMAN},
    {"used_memory_vm_total_human",  HUMAN},
    {"used_memory_scripts_human",   HUMAN},
    {"maxmemory_human",             HUMAN},
    {"maxmemory_policy",            INSTANCE},
    {"mem_allocator",               BUILD},

    /* Threads */
    {"io_thread_*",                 "a line of text per I/O thread; redis_total_reads_processed is the sum"},

    /* Replication */
    {"role",                        "shown as redis_role and as a label of redis_instance_info"},
    {"master_host",                 REPLICA},
    {"master_port",                 REPLICA},
    {"slave_read_only",             "shown as the label read_only of redis_slave_info"},
    {"master_failover_state",       "shown as redis_failover_state"},
    {"master_replid",               INSTANCE},
    {"master_replid2",              "not a number; redis_second_repl_offset tells that there is one"},

    /* Keysizes */
    {"db*_distrib_*",               "how many keys there are of each size, as text"},

    /* Debug */
    {"eventloop_duration_aof_sum",  DEBUG},
    {"eventloop_duration_cron_sum", DEBUG},
    {"eventloop_duration_max",      DEBUG},
    {"eventloop_cmd_per_cycle_max", DEBUG},
    {"allocator_allocated_lua",     DEBUG},
    {"allocator_active_lua",        DEBUG},
    {"allocator_resident_lua",      DEBUG},
    {"allocator_frag_bytes_lua",    DEBUG},
};
/* clang-format on */

const unsigned catalog_ignored_count = sizeof catalog_ignored / sizeof catalog_ignored[0];

/* NaN is what Redis prints for 0/0: no value, and nothing is wrong with the line. */
static bool read_number(struct str text, double divisor, double *ret, bool *ret_malformed)
{
    double value;
    *ret_malformed = !num_double(text, &value);
    if (*ret_malformed || isnan(value))
        return false;
    /* Redis prints -0.00 for nothing of an unknown size; adding 0 takes the sign off. */
    *ret = value / divisor + 0.0;
    return true;
}

/* 1 for the word <one>. An empty <zero> stands for every other word. */
static bool read_word(struct str text, struct str one, struct str zero, double *ret, bool *ret_malformed)
{
    bool yes = str_eq(text, one);
    *ret_malformed = !yes && zero.len && !str_eq(text, zero);
    if (*ret_malformed)
        return false;
    *ret = yes;
    return true;
}

static bool read_or_none(struct str text, double *ret, bool *ret_malformed)
{
    double value;
    if (!read_number(text, 1, &value, ret_malformed) || value < 0)
        return false;
    *ret = value;
    return true;
}

static struct str without_percent_sign(struct str text)
{
    return str_sub(text, 0, text.len - str_ends(text, STR("%")));
}

/* Thirty years: longer than any server was up, shorter than since 1970. */
#define NEVER_SECONDS 1e9

static bool read_since(struct str text, double *ret, bool *ret_malformed)
{
    double seconds;
    if (!read_or_none(text, &seconds, ret_malformed) || seconds >= NEVER_SECONDS)
        return false;
    *ret = seconds;
    return true;
}

bool catalog_value(enum info_unit unit, struct str text, double *ret, bool *ret_malformed)
{
    switch (unit) {
    case UNIT_NONE: return read_number(text, 1, ret, ret_malformed);
    case UNIT_USEC: return read_number(text, 1e6, ret, ret_malformed);
    case UNIT_MSEC: return read_number(text, 1e3, ret, ret_malformed);
    case UNIT_OK: return read_word(text, STR("ok"), STR(""), ret, ret_malformed);
    case UNIT_UP: return read_word(text, STR("up"), STR(""), ret, ret_malformed);
    case UNIT_YES: return read_word(text, STR("yes"), STR("no"), ret, ret_malformed);
    case UNIT_PERCENT: return read_number(without_percent_sign(text), 100, ret, ret_malformed);
    case UNIT_KIB_PER_SEC: return read_number(text, 1.0 / 1024, ret, ret_malformed);
    case UNIT_SINCE: return read_since(text, ret, ret_malformed);
    case UNIT_OR_NONE: return read_or_none(text, ret, ret_malformed);
    }
    *ret_malformed = true;
    return false;
}

const struct catalog_row *catalog_find(struct str field)
{
    for (unsigned i = 0; i < catalog_count; i++)
        if (str_eq(field, str_of(catalog[i].field)))
            return &catalog[i];
    return NULL;
}

bool catalog_is_ignored(struct str field)
{
    for (unsigned i = 0; i < catalog_ignored_count; i++)
        if (str_glob(field, str_of(catalog_ignored[i].field)))
            return true;
    return false;
}
