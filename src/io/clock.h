/* clock: the wall clock. Ages and deadlines are the loop's, uv_now(). */
#ifndef IO_CLOCK_H
#define IO_CLOCK_H

/* Unix seconds with their fraction. */
double wall_clock_seconds(void);

#endif
