/*
 * footprint: how little of the machine's memory the agent keeps.
 */
#ifndef AGENT_FOOTPRINT_H
#define AGENT_FOOTPRINT_H

/* Before anything large is allocated: large blocks go back to the system when they are freed. */
void footprint_bound(void);

/*
 * Once the agent runs: gives back the pages of programs and libraries that only their loading and start has
 * touched. They are the file's own, unchanged, and whatever is used again comes back from the page cache at
 * its first use.
 */
void footprint_settle(void);

#endif
